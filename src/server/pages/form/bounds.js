// How large a scene is: a sphere around all that is drawn, from what accessors say of their contents.

/** By its type, what an integer of 1 is. */
const NORMALIZED = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 };

/** The least and the greatest of an accessor, or null if it does not say. */
function extent(accessor) {
  const { min, max, normalized, componentType } = accessor ?? {};
  const areThere = [min, max].every((corner) => corner?.length === 3 && corner.every(Number.isFinite));
  if (!areThere) return null;
  const one = normalized ? NORMALIZED[componentType] ?? 1 : 1;
  return [min, max].map((corner) => corner.map((value) => normalized ? Math.max(value / one, -1) : value));
}

/** The box of a primitive, moved as far as its morph targets may. */
function primitiveBox(document, primitive, weights) {
  const box = extent(document.accessors?.[primitive.attributes?.POSITION]);
  if (!box) return null;
  for (const [index, target] of (primitive.targets ?? []).entries()) {
    const offsets = extent(document.accessors?.[target.POSITION]);
    const ends = (offsets ?? []).map((offset) => times(offset, weights[index] ?? 0));
    for (const end of ends) {
      box[0] = box[0].map((low, axis) => low + Math.min(0, end[axis]));
      box[1] = box[1].map((high, axis) => high + Math.max(0, end[axis]));
    }
  }
  return box;
}

/** The matrices of a skin: what follows its joints lies between where these put it. */
async function skinMatrices(file, nodes, skin) {
  const accessor = file.document.accessors?.[skin.inverseBindMatrices];
  const view = file.document.bufferViews?.[accessor?.bufferView];
  const bytes = view && !view.byteStride ? await bufferBytes(file, view.buffer) : null;
  const start = (view?.byteOffset ?? 0) + (accessor?.byteOffset ?? 0);
  return skin.joints.map((joint, number) => {
    const world = nodes.get(joint)?.world ?? IDENTITY;
    const from = start + 64 * number;
    if (!bytes || from + 64 > bytes.byteLength) return world;
    return product(world, Array.from(new Float32Array(bytes.slice(from, from + 64))));
  });
}

/** {center, radius}; a unit sphere around the origin if nothing says where anything is. */
async function boundingSphere(file) {
  const document = file.document;
  const nodes = walk(document);
  let low = null;
  let high = null;
  for (const { node, world, isShown } of nodes.values()) {
    const mesh = document.meshes?.[node.mesh];
    if (!mesh || !isShown) continue;
    const skin = document.skins?.[node.skin];
    const matrices = skin?.joints ? await skinMatrices(file, nodes, skin) : [world];
    for (const primitive of mesh.primitives ?? []) {
      const box = primitiveBox(document, primitive, node.weights ?? mesh.weights ?? []);
      if (!box) continue;
      for (const matrix of matrices) {
        for (let corner = 0; corner < 8; corner++) {
          const point = moved(matrix, [0, 1, 2].map((axis) => box[(corner >> axis) & 1][axis]));
          low = point.map((value, axis) => Math.min(value, low?.[axis] ?? value));
          high = point.map((value, axis) => Math.max(value, high?.[axis] ?? value));
        }
      }
    }
  }
  if (!low || ![...low, ...high].every(Number.isFinite)) return { center: [0, 0, 0], radius: 1 };
  return { center: times(plus(low, high), 0.5), radius: Math.max(size(minus(high, low)) / 2, 1e-6) };
}
