// The same request for other programs.

/** Text as a shell takes it. */
const quoted = (text) => (/^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const FILE_ENDINGS = { color: "png", depth: "tiff", label: "png" };

/** A file in the words of curl's -F, which has its own meaning of some letters. */
function curlFile(name) {
  return /[;,"\\]/.test(name) ? `scene=@"${name.replace(/["\\]/g, "\\$&")}"` : `scene=@${name}`;
}

function asCurl(asked, type, url) {
  const fields = asked.fieldsFor(type).map(([name, value]) => {
    const option = /^[\w.+-]*$/.test(value) ? "-F" : "--form-string";
    return `${option} ${quoted(`${name}=${value}`)}`;
  });
  const lines = [];
  for (let first = 0; first < fields.length; first += 4) lines.push(fields.slice(first, first + 4).join(" "));
  const command = [`curl --fail-with-body -o ${type}.${FILE_ENDINGS[type]} ${quoted(url)}`, ...lines,
    `-F ${quoted(curlFile(asked.fileName))}`].join(" \\\n    ");
  return asked.isOrbit ? `# The file is saved by "Save scene with this camera".\n${command}\n` : `${command}\n`;
}

/** `node` is the matrix of a camera's node; other frames of a camera look along +z and have y down. */
const lookingAlongZ = (node) => node.map((value, index) => (index >= 4 && index < 12 ? -value : value));

const python = (value) => JSON.stringify(value);

function asPython(asked, type, url) {
  const { origin, pathname } = new URL(url);
  const byName = new Map(asked.fieldsFor(type));
  const cameraNames = ["focal_x", "focal_y", "center_x", "center_y", "near", "far", "min_depth", "max_depth"];
  const numbers = cameraNames.filter((name) => byName.has(name)).map((name) => `    ${name}=${byName.get(name)},\n`);
  const endpoint = pathname.slice(1);
  const options = endpoint === "render" ? "" : `, endpoint=${python(endpoint)}`;
  // The lens of the file comes with the file.
  const isPosed = asked.isOrbit && byName.has("focal_x");
  const rows = isPosed ? lookingAlongZ(asked.pose) : [];
  const pose = [0, 1, 2, 3].map((row) => `    [${[0, 1, 2, 3].map((column) => rows[4 * column + row]).join(", ")}],\n`);
  const scene = isPosed ? `Scene.load(${python(asked.plainName)}).seen_from(pose)` : python(asked.fileName);
  const choices = ["camera", "animation", "time", "variant"].filter((name) => byName.has(name))
    .filter((name) => name !== "camera" || !isPosed)
    .map((name) => {
      const value = byName.get(name);
      const isNumber = name === "time" || /^\d+$/.test(value);
      return `, ${name === "camera" ? "file_camera" : name}=${isNumber ? Number(value) : python(value)}`;
    });
  const names = isPosed ? "PinholeCamera, RenderClient, Scene" : "PinholeCamera, RenderClient";
  return `from gltf_render_server import ${names}\n\n`
    + (asked.isOrbit && !isPosed ? `# The file is saved by "Save scene with this camera".\n` : "")
    + `client = RenderClient(${python(origin)}${options})\n`
    + `camera = PinholeCamera(\n    width=${byName.get("width")},\n    height=${byName.get("height")},\n${numbers.join("")})\n`
    + (isPosed ? `# Of the camera in the scene: x right, y down, z forward.\npose = [\n${pose.join("")}]\n` : "")
    + `${type} = client.render(${scene}, camera, ${python(type)}${choices.join("")})\n`;
}

/** Drake has z up, and turns glTF files so; what comes from Drake is turned already. */
function drakePose(pose, document) {
  const isOfDrake = ["VTK", "Drake glTF merger"].includes(document?.asset?.generator);
  const turned = isOfDrake ? pose : product([1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1], pose);
  return lookingAlongZ(turned);
}

const degrees = (angle) => Number((angle * 180 / Math.PI).toFixed(9));

/** Roll, pitch and yaw in degrees, as Drake has them. */
function rollPitchYaw(m) {
  return [Math.atan2(m[6], m[10]), Math.atan2(-m[2], Math.hypot(m[0], m[1])), Math.atan2(m[1], m[0])].map(degrees);
}

function asDrake(asked, url, document) {
  const { origin, pathname } = new URL(url);
  const byName = new Map(asked.fieldsFor("depth"));
  const { perspective, orthographic } = asked.lens ?? {};
  if (orthographic) return "# Drake has no orthographic cameras.\n";
  const [near, far, least, most] = ["near", "far", "min_depth", "max_depth"].map((name) => Number(byName.get(name)));
  const clippingNear = near || perspective?.znear;
  const clippingFar = far || perspective?.zfar || most;
  const lines = ["# A pydrake.systems.sensors.CameraConfig, for ApplyCameraConfig.",
    "name: gltf_render_server", `width: ${byName.get("width")}`, `height: ${byName.get("height")}`];
  if (byName.has("focal_x")) {
    lines.push(`focal: !FocalLength { x: ${byName.get("focal_x")}, y: ${byName.get("focal_y")} }`,
      `center_x: ${byName.get("center_x")}`, `center_y: ${byName.get("center_y")}`);
  } else {
    lines.push(`focal: !FovDegrees { y: ${degrees(perspective?.yfov ?? 0.8)} }`);
  }
  lines.push(`clipping_near: ${clippingNear}`, `clipping_far: ${clippingFar}`,
    "# Drake wants the range of the depth sensor within the clipping planes.",
    `z_near: ${Math.max(clippingNear, least)}`, `z_far: ${Math.min(clippingFar, most)}`);
  if (asked.pose) {
    const pose = drakePose(asked.pose, document);
    lines.push("# With the file's origin at the world's.", "X_PB:",
      `  translation: [${columnOf(pose, 3).join(", ")}]`,
      `  rotation: !Rpy { deg: [${rollPitchYaw(pose).join(", ")}] }`);
  }
  lines.push("rgb: true", "depth: true", "label: true", "renderer_name: gltf_render_server",
    "renderer_class: !RenderEngineGltfClientParams", `  base_url: ${python(origin)}`,
    `  render_endpoint: ${python(pathname.slice(1))}`);
  return `${lines.join("\n")}\n`;
}
