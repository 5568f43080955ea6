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

/** A number for Python and for YAML, which takes 1e-7 for text. */
const plainNumber = (value) => String(Number(value)).replace(/^(-?\d+)e/, "$1.0e");

function asPython(asked, type, url) {
  const { origin, pathname } = new URL(url);
  const byName = new Map(asked.fieldsFor(type));
  const endpoint = pathname.slice(1) === "render" ? "" : `, endpoint=${python(pathname.slice(1))}`;
  const lens = ["width", "height", "focal_x", "focal_y", "center_x", "center_y", "near", "far", "min_depth", "max_depth"]
    .filter((name) => byName.has(name))
    .map((name) => `    ${name}=${plainNumber(byName.get(name))},`);
  // A lens of the file comes with the file; any other goes with the pose alone.
  const isPosed = asked.isOrbit && byName.has("focal_x");
  const choices = ["camera", "animation", "time", "variant", "look"]
    .filter((name) => byName.has(name) && !(isPosed && name === "camera"))
    .map((name) => `, ${name === "camera" ? "file_camera" : name}=${pythonChoice(byName.get(name))}`);
  const scene = isPosed ? `Scene.load(${python(asked.plainName)}).seen_from(pose)` : python(asked.fileName);
  return [
    `from gltf_render_server import PinholeCamera, RenderClient${isPosed ? ", Scene" : ""}`,
    "",
    ...(asked.isOrbit && !isPosed ? ['# The file is saved by "Save scene with this camera".'] : []),
    `client = RenderClient(${python(origin)}${endpoint})`,
    "camera = PinholeCamera(", ...lens, ")",
    ...(isPosed ? pythonPose(lookingAlongZ(asked.pose)) : []),
    `${type} = client.render(${scene}, camera, ${python(type)}${choices.join("")})`,
    "",
  ].join("\n");
}

/** An index, a time or a name. */
const pythonChoice = (value) => (/^[\d.]+$/.test(value) ? plainNumber(value) : python(value));

function pythonPose(matrix) {
  const rows = [0, 1, 2, 3].map((row) => matrix.filter((_, index) => index % 4 === row).map(plainNumber).join(", "));
  return ["# Of the camera in the scene: x right, y down, z forward.", "pose = [",
    ...rows.map((row) => `    [${row}],`), "]"];
}

/** Drake has z up, and turns glTF files so; what comes from Drake is turned already. */
function drakePose(pose, document) {
  const turned = isOfDrake(document) ? pose : product([1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1], pose);
  return lookingAlongZ(turned);
}

const degrees = (angle) => Number((angle * 180 / Math.PI).toFixed(9));

/** Roll, pitch and yaw in degrees, as Drake has them. */
function rollPitchYaw(m) {
  return [Math.atan2(m[6], m[10]), Math.atan2(-m[2], Math.hypot(m[0], m[1])), Math.atan2(m[1], m[0])].map(degrees);
}

/** What Drake's client cannot ask for, of what is asked for here. */
function drakeLacks(byName, document) {
  const lines = ["# Where all shapes are glTF meshes, Drake's client sends no camera of its own: docs/troubleshooting.md."];
  const look = byName.get("look") ?? (isOfDrake(document) ? "drake" : "gltf");
  if (look === "gltf") lines.push("# Drake's client cannot ask for glTF's look: its images have Drake's.");
  const choices = ["animation", "time", "variant"].filter((name) => byName.has(name));
  if (choices.length > 0) lines.push(`# Drake's client cannot ask for: ${choices.join(", ")}.`);
  return lines;
}

function asDrake(asked, url, document) {
  const { origin, pathname } = new URL(url);
  const byName = new Map(asked.fieldsFor("depth"));
  const number = (name) => plainNumber(byName.get(name));
  const { perspective, orthographic } = asked.lens ?? {};
  if (orthographic) return "# Drake has no orthographic cameras.\n";
  const [near, far, least, most] = ["near", "far", "min_depth", "max_depth"].map((name) => Number(byName.get(name)));
  const clippingNear = near || perspective?.znear;
  const clippingFar = far || perspective?.zfar || most;
  const lines = ["# A pydrake.systems.sensors.CameraConfig, for ApplyCameraConfig.",
    "name: gltf_render_server", `width: ${number("width")}`, `height: ${number("height")}`];
  if (byName.has("focal_x")) {
    lines.push(`focal: !FocalLength { x: ${number("focal_x")}, y: ${number("focal_y")} }`,
      `center_x: ${number("center_x")}`, `center_y: ${number("center_y")}`);
  } else {
    lines.push(`focal: !FovDegrees { y: ${degrees(perspective?.yfov ?? 0.8)} }`);
  }
  lines.push(`clipping_near: ${plainNumber(clippingNear)}`, `clipping_far: ${plainNumber(clippingFar)}`,
    "# Drake wants the range of the depth sensor within the clipping planes.",
    `z_near: ${plainNumber(Math.max(clippingNear, least))}`, `z_far: ${plainNumber(Math.min(clippingFar, most))}`);
  if (asked.pose) {
    const pose = drakePose(asked.pose, document);
    lines.push("# With the file's origin at the world's.", "X_PB:",
      `  translation: [${columnOf(pose, 3).map(plainNumber).join(", ")}]`,
      `  rotation: !Rpy { deg: [${rollPitchYaw(pose).map(plainNumber).join(", ")}] }`);
  }
  lines.push(...drakeLacks(byName, document));
  lines.push("rgb: true", "depth: true", "label: true", "renderer_name: gltf_render_server",
    "renderer_class: !RenderEngineGltfClientParams", `  base_url: ${python(origin)}`,
    `  render_endpoint: ${python(pathname.slice(1))}`);
  return `${lines.join("\n")}\n`;
}
