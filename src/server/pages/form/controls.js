// What the form says, and what follows from it.

const valueOf = (id) => byId(id).value.trim();
const numberOf = (id) => (valueOf(id) === "" ? NaN : Number(valueOf(id)));

/** Puts options in the place of an input, with its name. */
function replaceBySelect(id, options) {
  const select = document.createElement("select");
  Object.assign(select, { id, name: id });
  select.append(...options.map(({ value, label }) => new Option(label, value)));
  select.disabled = options.length < 2;
  byId(id).replaceWith(select);
}

/** Fills what can be chosen in a scene. */
function offerChoices(scene) {
  const orbit = scene.orbit ? [{ value: "", label: "Orbit" }] : [];
  replaceBySelect("camera", [...orbit, ...scene.cameras]);
  replaceBySelect("animation", [{ value: "", label: "At rest" }, ...scene.animations]);
  replaceBySelect("variant", [{ value: "", label: "None" }, ...scene.variants]);
  const ofFile = byId("lens").querySelector("[value=file]");
  ofFile.disabled = scene.cameras.length === 0;
  if (ofFile.disabled && valueOf("lens") === "file") byId("lens").value = "fov";
  byId("up").value = scene.orbit?.up ?? "y";
  byId("time").value = "";
  const own = isOfDrake(scene.file.document) ? "Drake" : "glTF";
  byId("look").querySelector("[value=auto]").textContent = `Auto: ${own}`;
}

/** Shows the fields that matter for what is chosen. */
function showFields(scene) {
  const lens = valueOf("lens");
  for (const field of document.querySelectorAll("[data-lens]")) field.hidden = field.dataset.lens !== lens;
  const animation = scene.animations.find(({ value }) => value === valueOf("animation"));
  byId("time").closest(".field").hidden = !animation;
  if (animation) byId("time-slider").max = animation.duration;
  byId("time-slider").value = numberOf("time") || 0;
  byId("duration").textContent = animation ? `of ${Number(animation.duration.toFixed(3))} s` : "";
}

/** The intrinsics that the form gives, or null where the lens is the file's. */
function intrinsics() {
  const lens = valueOf("lens");
  if (lens === "file") return null;
  if (lens === "intrinsics") return ["focal_x", "focal_y", "center_x", "center_y"].map((id) => [id, valueOf(id)]);
  const [width, height] = [numberOf("width"), numberOf("height")];
  const focal = height / 2 / Math.tan(numberOf("fov") * Math.PI / 360);
  return [["focal_x", focal], ["focal_y", focal], ["center_x", width / 2], ["center_y", height / 2]]
    .map(([name, value]) => [name, Number.isNaN(value) ? "" : String(value)]);
}

/** Before focal lengths are typed, they are those of the field of view. */
function fillIntrinsics() {
  const lens = valueOf("lens");
  byId("lens").value = "fov";
  for (const [name, value] of intrinsics()) {
    if (valueOf(name) === "") byId(name).value = value && Number(Number(value).toFixed(4));
  }
  byId("lens").value = lens;
}

/** Tangents of half the angles that the image shows, and of an orthographic lens half its sides in metres. */
function halfSides(scene) {
  const [width, height] = [numberOf("width") || 640, numberOf("height") || 480];
  const given = intrinsics();
  if (given) {
    const [focalX, focalY] = given.map(([, value]) => Number(value) || height);
    return [width / 2 / focalX, height / 2 / focalY];
  }
  const { perspective, orthographic } = scene.lensCamera.camera;
  if (orthographic) return [orthographic.xmag, orthographic.ymag];
  const half = Math.tan((perspective?.yfov ?? 0.8) / 2);
  return [half * width / height, half];
}

/** What the form and the orbit ask for now. */
function ask(scene) {
  const camera = scene.cameras.find(({ value }) => value === valueOf("camera"));
  const isOrbit = !camera && Boolean(scene.orbit);
  const pose = isOrbit ? scene.orbit.pose : camera?.pose;
  // Of a scene that the page cannot read, all is left to the server.
  const given = pose ? intrinsics() : null;
  const lens = given || !pose ? null : (camera ?? scene.lensCamera).camera;
  const planes = autoPlanes(scene, pose, camera, given);
  const fields = [["width", valueOf("width")], ["height", valueOf("height")]];
  if (isOrbit) fields.push(["camera", scene.writer.name]);
  else if (camera) fields.push(["camera", camera.value]);
  fields.push(...(given ?? []), ...planeFields(planes));
  for (const name of ["animation", "variant"]) if (valueOf(name)) fields.push([name, valueOf(name)]);
  if (valueOf("animation") && valueOf("time")) fields.push(["time", valueOf("time")]);
  if (valueOf("look") !== "auto") fields.push(["look", valueOf("look")]);
  const depth = depthFields(scene, pose, lens, planes);
  return {
    isOrbit, pose, lens,
    plainName: scene.file.name,
    fileName: isOrbit ? scene.writer.fileName : scene.file.name,
    file: isOrbit ? scene.writer.at(pose, orbitLens(scene, lens)) : scene.file.blob,
    fieldsFor: (type) => [["image_type", type], ...fields, ...(type === "depth" ? depth : [])],
  };
}

/** Planes around the scene, but for a camera of the file with its own lens, which has its own. */
function autoPlanes(scene, pose, camera, given) {
  if (!pose || (camera && !given)) return {};
  return clippingPlanes(scene.sphere, columnOf(pose, 3), valueOf("animation") !== "");
}

function planeFields(planes) {
  const fields = [];
  for (const name of ["near", "far"]) {
    byId(name).placeholder = planes[name] === undefined ? "the file's" : `auto: ${planes[name]}`;
    const value = valueOf(name) || planes[name];
    if (value !== undefined) fields.push([name, String(value)]);
  }
  return fields;
}

/** By default, all that is drawn is measured. */
function depthFields(scene, pose, lens, planes) {
  const zfar = lens?.perspective?.zfar ?? lens?.orthographic?.zfar;
  const eye = pose ? columnOf(pose, 3) : [0, 0, 0];
  const far = valueOf("far") || (planes.far ?? zfar ?? clippingPlanes(scene.sphere, eye, true).far);
  byId("min_depth").placeholder = "auto: 0";
  byId("max_depth").placeholder = `auto: ${far}`;
  return [["min_depth", valueOf("min_depth") || "0"], ["max_depth", valueOf("max_depth") || String(far)],
    ["depth_format", "tiff"]];
}

/** The orbit's camera in the file: `lens`, or one like the request's, which is for other programs to read. */
function orbitLens(scene, lens) {
  const [halfWidth, halfHeight] = halfSides(scene);
  if (!lens) {
    const znear = Number((1e-3 * scene.sphere.radius).toPrecision(3));
    return { perspective: { yfov: 2 * Math.atan(halfHeight), znear }, type: "perspective" };
  }
  if (!lens.orthographic) return lens;
  const [xmag, ymag] = times([halfWidth, halfHeight], scene.orbit.scale);
  return { ...lens, orthographic: { ...lens.orthographic, xmag, ymag } };
}
