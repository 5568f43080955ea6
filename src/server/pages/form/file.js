// A glTF file as it was chosen, and the same with one camera more.

const GLB_MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;

/** The file with its JSON, if that can be read; else `document` is null, and the server says what is wrong. */
async function readFile(blob) {
  const file = { blob, name: blob.name, isBinary: false, document: null, rest: null };
  const head = new DataView(await blob.slice(0, 20).arrayBuffer());
  let json = blob;
  if (head.byteLength === 20 && head.getUint32(0, true) === GLB_MAGIC) {
    const end = 20 + head.getUint32(12, true);
    if (head.getUint32(16, true) !== JSON_CHUNK || end > blob.size) return file;
    json = blob.slice(20, end);
    Object.assign(file, { isBinary: true, head, rest: blob.slice(end) });
  }
  try {
    const document = JSON.parse(await json.text());
    if (canTakeCamera(document)) file.document = document;
  } catch {
    // Not JSON.
  }
  return file;
}

function canTakeCamera(document) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(document)) return false;
  const areLists = ["nodes", "cameras", "scenes"].every((key) => Array.isArray(document[key] ?? []));
  if (!areLists || !(document.nodes ?? []).every(isObject)) return false;
  const scene = document.scenes?.[document.scene ?? 0];
  return scene === undefined ? !document.scenes && document.scene === undefined
    : isObject(scene) && Array.isArray(scene.nodes ?? []);
}

/**
 * Writes the file with a camera node more, under a name that nothing in the file has. All else stays as it is: in a
 * GLB what follows the JSON is not even read.
 */
class FileWithCamera {
  constructor(file) {
    const { nodes = [], cameras = [], scenes = [], ...others } = file.document;
    const names = new Set([...nodes, ...cameras].map((each) => each?.name));
    this.file = file;
    this.camera = cameras.length;
    this.name = "render-view";
    for (let number = 2; names.has(this.name); number++) this.name = `render-view-${number}`;
    if (scenes.length) {
      const chosen = file.document.scene ?? 0;
      others.scenes = scenes.map((scene, index) => index !== chosen ? scene
        : { ...scene, nodes: [...(scene.nodes ?? []), nodes.length] });
    }
    const list = (values) => values.map((value) => `${JSON.stringify(value)},`);
    const start = JSON.stringify(others).slice(0, -1) + (Object.keys(others).length ? "," : "");
    // What stands before the camera, and between it and the node, is encoded once.
    this.before = new Blob([start, '"cameras":[', ...list(cameras)]);
    this.between = new Blob(['],"nodes":[', ...list(nodes)]);
  }

  /** The file, with a camera of this lens (as in glTF) and pose. */
  at(pose, lens) {
    const node = JSON.stringify({ camera: this.camera, matrix: pose, name: this.name });
    const json = [this.before, JSON.stringify(lens), this.between, node, "]}"];
    if (!this.file.isBinary) return new Blob(json, { type: "model/gltf+json" });
    const text = new Blob(json);
    const padding = " ".repeat(-text.size & 3);
    const length = text.size + padding.length;
    const head = new DataView(this.file.head.buffer.slice(0));
    head.setUint32(8, head.getUint32(8, true) - head.getUint32(12, true) + length, true);
    head.setUint32(12, length, true);
    return new Blob([head, text, padding, this.file.rest], { type: "model/gltf-binary" });
  }

  /** What the file is called, with the camera. */
  get fileName() {
    return this.file.name.replace(/(\.[^.]*)?$/, (ending) => `-${this.name}${ending}`);
  }
}

/** The bytes of a glTF buffer that is inside the file; null if there are none. */
async function bufferBytes(file, index) {
  const buffer = file.document.buffers?.[index];
  if (typeof buffer?.uri === "string") {
    const data = /^data:[^,]*;base64,(.*)$/s.exec(buffer.uri);
    return data && Uint8Array.from(atob(data[1]), (letter) => letter.charCodeAt(0)).buffer;
  }
  return buffer && file.rest ? file.rest.slice(8, 8 + buffer.byteLength).arrayBuffer() : null;
}
