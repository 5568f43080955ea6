// What the page has to know of a scene: what can be chosen in it, and how large it is.

/** The nodes of the scene that is shown, parents first, each with its way to the scene's frame. */
function walk(document) {
  const { nodes = [], scenes } = document;
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  const scene = scenes?.[document.scene ?? 0];
  const roots = scene ? scene.nodes ?? [] : [...nodes.keys()].filter((index) => !children.has(index));
  const found = new Map();
  const stack = roots.map((index) => ({ index, parent: IDENTITY, isShown: true })).reverse();
  while (stack.length) {
    const { index, parent, isShown } = stack.pop();
    const node = nodes[index];
    // Each node once: the server refuses cycles.
    if (!node || found.has(index)) continue;
    const world = product(parent, node.matrix
      ?? composed(node.translation ?? [0, 0, 0], node.rotation ?? [0, 0, 0, 1], node.scale ?? [1, 1, 1]));
    const shown = isShown && node.extensions?.KHR_node_visibility?.visible !== false;
    found.set(index, { index, node, world, isShown: shown });
    for (const child of [...(node.children ?? [])].reverse()) {
      stack.push({ index: child, parent: world, isShown: shown });
    }
  }
  return found;
}

/** A camera's pose is that of its node, without scale; see 3.10 of glTF. */
function cameraPose(world) {
  const z = unit(columnOf(world, 2));
  const up = columnOf(world, 1);
  const y = unit(minus(up, times(z, dot(z, up))));
  return fromColumns(cross(y, z), y, z, columnOf(world, 3));
}

/** Text that chooses by name: no index, and nothing that a form would lose. */
const isName = (text) => typeof text === "string" && text.trim() === text && /\D/.test(text)
  && new Blob([text]).size <= 256;

/** The cameras that a request can choose: by index, or where two nodes share one, by the name of the node. */
function camerasOf(document) {
  const taken = new Set();
  const cameras = [];
  for (const { node, world } of walk(document).values()) {
    const camera = document.cameras?.[node.camera];
    if (!camera) continue;
    const names = [camera.name, node.name].filter(isName);
    const value = [String(node.camera), node.name].find((each) => each && !taken.has(each));
    taken.add(String(node.camera));
    for (const name of names) taken.add(name);
    if (value === undefined || (value === node.name && !isName(value))) continue;
    const pose = cameraPose(world);
    if (!pose.every(Number.isFinite)) continue;
    cameras.push({ value, label: names.at(-1) ?? `Camera ${node.camera}`, camera, pose });
  }
  return cameras;
}

/** The animations, with how long they last, seconds. */
function animationsOf(document) {
  return (document.animations ?? []).map((animation, index) => {
    const ends = (animation.samplers ?? []).map((sampler) => document.accessors?.[sampler.input]?.max?.[0]);
    const duration = Math.max(0, ...ends.filter(Number.isFinite));
    return { value: String(index), label: animation.name || `Animation ${index}`, duration };
  });
}

function variantsOf(document) {
  const variants = document.extensions?.KHR_materials_variants?.variants ?? [];
  return variants.map((variant, index) => ({ value: String(index), label: variant.name || `Variant ${index}` }));
}

/** Which materials have which label, as #rrggbb. */
function materialsByLabel(document) {
  const labels = new Map();
  for (const [index, material] of (document.materials ?? []).entries()) {
    const color = material.pbrMetallicRoughness?.baseColorFactor ?? [1, 1, 1, 1];
    const label = hex(color.slice(0, 3).map((channel) => Math.round(255 * Math.fround(channel))));
    labels.set(label, [...(labels.get(label) ?? []), material.name || `material ${index}`]);
  }
  return labels;
}

const hex = (rgb) => `#${rgb.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

/** Whether Drake's client wrote the file. */
const isOfDrake = (document) => ["VTK", "Drake glTF merger"].includes(document?.asset?.generator);

/** Which axis of the scene is up: in Drake's scenes z, in others y, unless its first camera is held otherwise. */
function upAxis(document) {
  const first = camerasOf(document)[0];
  if (first) {
    const up = columnOf(first.pose, 1);
    return Math.abs(up[2]) > Math.abs(up[1]) ? "z" : "y";
  }
  return isOfDrake(document) ? "z" : "y";
}
