#!/usr/bin/env node
// Writes the files of compressed/: one box as plain and compressed glTF, and streams of the codecs
// with what their reference decoders make of them.
//
// The encoders are needed only to make the files anew, never to test:
//
//     npm install --no-save draco3dgltf@1.5.7 meshoptimizer@1.3.0 && node make_compressed.mjs
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import draco from 'draco3dgltf';
import {MeshoptDecoder, MeshoptEncoder} from 'meshoptimizer';

const OUT = fileURLToPath(new URL('compressed/', import.meta.url));
const SIZES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4};
const WIDTHS = {SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4};
const ARRAYS = {5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array,
  5125: Uint32Array, 5126: Float32Array};
const ADD = {5120: 'AddInt8Attribute', 5121: 'AddUInt8Attribute', 5122: 'AddInt16Attribute',
  5123: 'AddUInt16Attribute', 5125: 'AddUInt32Attribute', 5126: 'AddFloatAttribute'};
const TYPES = {5120: 'DT_INT8', 5121: 'DT_UINT8', 5122: 'DT_INT16', 5123: 'DT_UINT16',
  5125: 'DT_UINT32', 5126: 'DT_FLOAT32'};
const KINDS = {POSITION: 'POSITION', NORMAL: 'NORMAL', TEXCOORD_0: 'TEX_COORD', COLOR_0: 'COLOR'};
// Red, green / blue, yellow.
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR42mP4JcIl90GDgV/y9bM7rAAh' +
  '7AUpedV7ZgAAAABJRU5ErkJggg==';

await Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready]);
const encoders = await draco.createEncoderModule({});
const decoders = await draco.createDecoderModule({});

const bytesOf = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// A generator of the same numbers on every machine.
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;

/** Where a camera at `eye` looks at the origin, +z up, as a matrix of glTF. */
function lookAtOrigin(eye) {
  const unit = (v) => v.map((x) => x / Math.hypot(...v));
  const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];
  const z = unit(eye), x = unit(cross([0, 0, 1], z)), y = cross(z, x);
  return [...x, 0, ...y, 0, ...z, 0, ...eye, 1].map((number) => Number(number.toFixed(9)));
}

/** Attributes as {name: {component, type, array, normalized}}, and indices. */
function box() {
  const positions = [], normals = [], uvs = [], colors = [], indices = [];
  const half = [0.5, 0.25, 0.125];
  for (let axis = 0; axis < 3; axis++) {
    for (const side of [-1, 1]) {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      const first = positions.length / 3;
      for (const [s, t] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
        const position = [0, 0, 0], normal = [0, 0, 0];
        position[axis] = side * half[axis];
        position[u] = s * side * half[u];
        position[v] = t * half[v];
        normal[axis] = side;
        positions.push(...position);
        normals.push(...normal);
        uvs.push(s > 0 ? 1 : 0, t > 0 ? 1 : 0);
        colors.push(255, s > 0 ? 255 : 51, t > 0 ? 204 : 102, 255);
      }
      indices.push(first, first + 1, first + 2, first, first + 2, first + 3);
    }
  }
  return {
    indices: new Uint16Array(indices),
    attributes: {
      POSITION: {component: 5126, type: 'VEC3', array: new Float32Array(positions)},
      NORMAL: {component: 5126, type: 'VEC3', array: new Float32Array(normals)},
      TEXCOORD_0: {component: 5126, type: 'VEC2', array: new Float32Array(uvs)},
      COLOR_0: {component: 5121, type: 'VEC4', array: new Uint8Array(colors), normalized: true},
    },
  };
}

/** A piece of a sphere with everything that a vertex can have. */
function patch(rows, columns) {
  const of = (component, type, one, normalized) => {
    const all = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        all.push(...one(row / (rows - 1), column / (columns - 1)));
      }
    }
    return {component, type, array: new ARRAYS[component](all), normalized};
  };
  const point = (s, t) => [Math.cos(2 * s) * Math.cos(t), Math.sin(2 * s) * Math.cos(t), Math.sin(t)];
  const indices = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const a = row * columns + column, b = a + columns;
      indices.push(a, b, b + 1, a, b + 1, a + 1);
    }
  }
  return {
    indices: new Uint16Array(indices),
    attributes: {
      POSITION: of(5126, 'VEC3', point),
      NORMAL: of(5126, 'VEC3', point),
      TEXCOORD_0: of(5126, 'VEC2', (s, t) => [s, t]),
      COLOR_0: of(5121, 'VEC4', (s, t) => [255 * s, 255 * t, 128, 255], true),
      JOINTS_0: of(5123, 'VEC4', (s) => [s * 300, 1, 2, 3]),
      WEIGHTS_0: of(5126, 'VEC4', (s, t) => [s, 1 - s, t, 0]),
      _TEMPERATURE: of(5122, 'SCALAR', (s, t) => [1000 * (s - t)]),
      _SMALL: of(5120, 'VEC2', (s, t) => [100 * s, -100 * t]),
      _LARGE: of(5125, 'SCALAR', (s, t) => [1e6 * s * t]),
    },
  };
}

/** The same with positions in 64ths, as shorts, and all else as bytes. */
function quantized(mesh) {
  const {POSITION, NORMAL, TEXCOORD_0, COLOR_0} = mesh.attributes;
  const pad = (array, width, padded, factor, Kind) => {
    const all = new Kind(array.length / width * padded);
    array.forEach((x, i) => { all[Math.floor(i / width) * padded + i % width] = x * factor; });
    return all;
  };
  return {
    indices: mesh.indices,
    attributes: {
      POSITION: {component: 5122, type: 'VEC3', stride: 8, array: pad(POSITION.array, 3, 4, 64, Int16Array)},
      NORMAL: {component: 5120, type: 'VEC3', stride: 4, normalized: true,
        array: pad(NORMAL.array, 3, 4, 127, Int8Array)},
      TEXCOORD_0: {component: 5121, type: 'VEC2', stride: 4, array: pad(TEXCOORD_0.array, 2, 4, 1, Uint8Array)},
      COLOR_0,
    },
  };
}

function encodeDraco(mesh, {sequential = false, speed = 5, bits = {}}) {
  const builder = new encoders.MeshBuilder(), made = new encoders.Mesh();
  const encoder = new encoders.Encoder(), out = new encoders.DracoInt8Array();
  const count = mesh.attributes.POSITION.array.length / 3;
  builder.AddFacesToMesh(made, mesh.indices.length / 3, mesh.indices);
  const ids = {};
  for (const [name, {component, type, array}] of Object.entries(mesh.attributes)) {
    const kind = encoders[KINDS[name] ?? 'GENERIC'];
    ids[name] = builder[ADD[component]](made, kind, count, WIDTHS[type], array);
  }
  for (const [kind, number] of Object.entries(bits)) {
    encoder.SetAttributeQuantization(encoders[kind], number);
  }
  encoder.SetSpeedOptions(speed, speed);
  encoder.SetEncodingMethod(sequential ? encoders.MESH_SEQUENTIAL_ENCODING : encoders.MESH_EDGEBREAKER_ENCODING);
  const length = encoder.EncodeMeshToDracoBuffer(made, out);
  if (!length) throw new Error('Draco encodes nothing');
  return {stream: Uint8Array.from({length}, (_, i) => out.GetValue(i) & 255), ids};
}

function decodeDraco(mesh, {stream, ids}) {
  const decoder = new decoders.Decoder(), made = new decoders.Mesh();
  const status = decoder.DecodeArrayToMesh(stream, stream.length, made);
  if (!status.ok()) throw new Error(status.error_msg());
  const read = (size, get) => {
    const place = decoders._malloc(size);
    get(size, place);
    const bytes = decoders.HEAPU8.slice(place, place + size);
    decoders._free(place);
    return bytes;
  };
  const [vertices, triangles] = [made.num_points(), made.num_faces()];
  const indices = read(12 * triangles, (size, place) => decoder.GetTrianglesUInt32Array(made, size, place));
  const attributes = Object.entries(mesh.attributes).map(([name, {component, type}]) => {
    const found = decoder.GetAttributeByUniqueId(made, ids[name]);
    const size = vertices * WIDTHS[type] * SIZES[component];
    const bytes = read(size, (size, place) =>
      decoder.GetAttributeDataArrayForAllPoints(made, found, decoders[TYPES[component]], size, place));
    return {name, id: ids[name], component, width: WIDTHS[type], bytes};
  });
  return {vertices, triangles, indices, attributes};
}

function glb(file, mesh, {node = {}, extensions = [], dracoOf, meshoptOf} = {}) {
  const chunks = [], views = [], accessors = [];
  let length = 0, fallback = 0;
  const store = (bytes) => {
    const offset = length, padded = Math.ceil(bytes.length / 4) * 4;
    chunks.push(bytes, new Uint8Array(padded - bytes.length));
    length += padded;
    return {byteOffset: offset, byteLength: bytes.length};
  };
  const view = (bytes, count, stride, mode, more = {}) => {
    const {stream, filter} = meshoptOf?.(bytes, count, stride, mode) ?? {};
    if (stream) {
      const coding = {buffer: 0, ...store(stream), byteStride: stride, count, mode, ...(filter && {filter})};
      views.push({buffer: 1, byteOffset: fallback, byteLength: bytes.length, ...more,
        extensions: {[extensions[0]]: coding}});
      fallback += Math.ceil(bytes.length / 4) * 4;
    } else {
      views.push({buffer: 0, ...store(bytes), ...more});
    }
    return views.length - 1;
  };
  const count = Object.values(mesh.attributes)[3].array.length / 4;
  const primitive = {material: 0, attributes: {}, indices: 0};
  accessors.push({componentType: 5123, type: 'SCALAR', count: mesh.indices.length});
  if (dracoOf) {
    const {stream, ids} = dracoOf;
    views.push({buffer: 0, ...store(stream)});
    primitive.extensions = {KHR_draco_mesh_compression: {bufferView: 0, attributes: ids}};
  } else {
    accessors[0].bufferView = view(bytesOf(mesh.indices), mesh.indices.length, 2, 'TRIANGLES');
  }
  for (const [name, {component, type, array, normalized, stride}] of Object.entries(mesh.attributes)) {
    const accessor = {componentType: component, type, count, ...(normalized && {normalized})};
    if (!dracoOf) {
      const bytes = stride ?? SIZES[component] * WIDTHS[type];
      accessor.bufferView = view(bytesOf(array), count, bytes, 'ATTRIBUTES', {byteStride: bytes});
    }
    if (name === 'POSITION') {
      const lanes = [0, 1, 2].map((lane) => [...array].filter((_, i) =>
        i % (stride ? 4 : 3) === lane));
      accessor.min = lanes.map((lane) => Math.min(...lane));
      accessor.max = lanes.map((lane) => Math.max(...lane));
    }
    primitive.attributes[name] = accessors.push(accessor) - 1;
  }
  const image = views.push({buffer: 0, ...store(Buffer.from(PNG, 'base64'))}) - 1;
  const json = {
    asset: {version: '2.0', generator: 'gltf-render-server test assets'},
    ...(extensions.length && {extensionsUsed: extensions, extensionsRequired: extensions}),
    scene: 0, scenes: [{nodes: [0, 1]}],
    nodes: [{mesh: 0, ...node}, {camera: 0, matrix: lookAtOrigin([0.9, 0.7, 0.8])}],
    cameras: [{type: 'perspective', perspective: {yfov: 0.8, znear: 0.01}}], meshes: [{primitives: [primitive]}],
    materials: [{pbrMetallicRoughness: {baseColorFactor: [0.8, 0.6, 1, 1], metallicFactor: 0,
      baseColorTexture: {index: 0}}}],
    textures: [{source: 0}], images: [{bufferView: image, mimeType: 'image/png'}],
    accessors, bufferViews: views,
    buffers: [{byteLength: length},
      ...(fallback ? [{byteLength: fallback, extensions: {[extensions[0]]: {fallback: true}}}] : [])],
  };
  let text = JSON.stringify(json);
  text += ' '.repeat((4 - text.length % 4) % 4);
  const head = Buffer.alloc(20), middle = Buffer.alloc(8);
  head.write('glTF'); head.writeUInt32LE(2, 4); head.writeUInt32LE(28 + text.length + length, 8);
  head.writeUInt32LE(text.length, 12); head.write('JSON', 16);
  middle.writeUInt32LE(length, 0); middle.write('BIN\0', 4);
  writeFileSync(OUT + file, Buffer.concat([head, Buffer.from(text), middle, ...chunks]));
}

function boxes() {
  const mesh = box(), small = quantized(mesh), scaled = {node: {scale: [1 / 64, 1 / 64, 1 / 64]}};
  const encode = (version) => (bytes, count, stride, mode) =>
    ({stream: MeshoptEncoder.encodeGltfBuffer(bytes, count, stride, mode, version)});
  glb('box.glb', mesh);
  glb('box_quantized.glb', small, {...scaled, extensions: ['KHR_mesh_quantization']});
  for (const [name, version] of [['EXT', 0], ['KHR', 1]]) {
    glb(`box_meshopt_${name.toLowerCase()}.glb`, small, {...scaled, meshoptOf: encode(version),
      extensions: [`${name}_meshopt_compression`, 'KHR_mesh_quantization']});
  }
  const extensions = ['KHR_draco_mesh_compression'];
  glb('box_draco.glb', mesh, {extensions, dracoOf: encodeDraco(mesh, {})});
  glb('box_draco_sequential.glb', mesh, {extensions, dracoOf: encodeDraco(mesh, {sequential: true})});
  // Of 14 bits, none is exact.
  const bits = {POSITION: 14, NORMAL: 10, TEX_COORD: 12, COLOR: 8};
  glb('box_draco_lossy.glb', mesh, {extensions, dracoOf: encodeDraco(mesh, {speed: 0, bits})});
}

function dracoStreams() {
  const mesh = patch(9, 7), all = {POSITION: 11, NORMAL: 8, TEX_COORD: 10, COLOR: 8, GENERIC: 12};
  const {POSITION, NORMAL, TEXCOORD_0} = mesh.attributes;
  const few = {indices: mesh.indices, attributes: {POSITION, NORMAL, TEXCOORD_0}};
  return [
    ['edgebreaker, lossless', mesh, {}],
    ['edgebreaker, quantized, fast', mesh, {speed: 9, bits: all}],
    ['edgebreaker, quantized', mesh, {speed: 5, bits: all}],
    ['edgebreaker, valence', mesh, {speed: 3, bits: all}],
    ['edgebreaker, smallest', few, {speed: 0, bits: all}],
    ['sequential, lossless', mesh, {sequential: true}],
    ['sequential, quantized', mesh, {sequential: true, speed: 3, bits: all}],
    ['sequential, fastest', few, {sequential: true, speed: 10, bits: all}],
    ['edgebreaker, seams', box(), {speed: 1, bits: all}],
  ].map(([name, mesh, options]) => {
    const encoded = encodeDraco(mesh, options), decoded = decodeDraco(mesh, encoded);
    return {
      name, stream: base64(encoded.stream), vertices: decoded.vertices, triangles: decoded.triangles,
      indices: sha256(decoded.indices),
      attributes: decoded.attributes.map(({bytes, ...rest}) => ({...rest, sha256: sha256(bytes)})),
    };
  });
}

function meshoptStreams() {
  const streams = [];
  const add = (name, mode, stride, count, stream, filter) => {
    const decoded = new Uint8Array(stride * count);
    MeshoptDecoder.decodeGltfBuffer(decoded, count, stride, stream, mode, filter);
    const expected = filter ? {filter, decoded: base64(decoded)} : {sha256: sha256(decoded)};
    streams.push({name, mode, stride, count, stream: base64(stream), ...expected});
  };
  // Walks with steps of all sizes use all widths of differences.
  const walk = (Kind, length, step) => {
    let at = 0;
    return bytesOf(Kind.from({length}, () => at += (random() - 0.5) * step * (random() < 0.1 ? 100 : 1)));
  };
  for (const [version, level] of [[0, 2], [1, 0], [1, 2], [1, 3]]) {
    for (const [kind, source, stride, count] of [
      ['floats', walk(Float32Array, 900, 0.01), 12, 300],
      ['smooth floats', bytesOf(Float32Array.from({length: 300}, (_, i) => Math.sin(i / 50))), 4, 300],
      ['shorts', walk(Int16Array, 1200, 300), 8, 300],
      ['bytes', walk(Int8Array, 800, 3), 16, 50],
      ['zeros', new Uint8Array(33 * 256), 256, 33],
      ['noise', Uint8Array.from({length: 20 * 17}, () => 256 * random()), 20, 17],
    ]) {
      const stream = MeshoptEncoder.encodeVertexBufferLevel(source, count, stride, level, version);
      add(`${kind}, version ${version}, level ${level}`, 'ATTRIBUTES', stride, count, stream);
    }
  }
  add('nothing', 'ATTRIBUTES', 4, 0, MeshoptEncoder.encodeVertexBuffer(new Uint8Array(0), 0, 4));
  const indices = [];
  for (let i = 0; i < 200; i++) {
    const a = i < 150 ? i : Math.floor(random() * 70000);
    indices.push(a, a + 1, i % 7 ? a + 2 : Math.floor(random() * 65000));
  }
  const wide = Uint32Array.from([...patch(12, 12).indices, ...indices]);
  const narrow = patch(20, 9).indices;
  for (const mode of ['TRIANGLES', 'INDICES']) {
    for (const [array, stride] of [[wide, 4], [narrow, 2]]) {
      const stream = MeshoptEncoder.encodeGltfBuffer(bytesOf(array), array.length, stride, mode);
      add(`${8 * stride} bits`, mode, stride, array.length, stream);
    }
  }
  const unit = (width) => {
    const all = [];
    for (let i = 0; i < 40; i++) {
      const v = Array.from({length: width}, () => random() - 0.5), length = Math.hypot(...v);
      all.push(...v.map((x) => x / length), ...(width === 3 ? [i % 2 ? 1 : -1] : []));
    }
    return Float32Array.from(all);
  };
  const colors = Float32Array.from({length: 160}, random);
  const floats = Float32Array.from({length: 120}, (_, i) => (random() - 0.5) * 10 ** (i % 9 - 4));
  for (const [filter, stride, encode, source] of [
    ['OCTAHEDRAL', 4, (s) => MeshoptEncoder.encodeFilterOct(s, 40, 4, 8), unit(3)],
    ['OCTAHEDRAL', 8, (s) => MeshoptEncoder.encodeFilterOct(s, 40, 8, 12), unit(3)],
    ['QUATERNION', 8, (s) => MeshoptEncoder.encodeFilterQuat(s, 40, 8, 12), unit(4)],
    ['EXPONENTIAL', 12, (s) => MeshoptEncoder.encodeFilterExp(s, 40, 12, 15), floats],
    ['COLOR', 4, (s) => MeshoptEncoder.encodeFilterColor(s, 40, 4, 8), colors],
    ['COLOR', 8, (s) => MeshoptEncoder.encodeFilterColor(s, 40, 8, 12), colors],
  ]) {
    const stream = MeshoptEncoder.encodeVertexBuffer(encode(source), 40, stride);
    add(`${filter.toLowerCase()} in ${stride} bytes`, 'ATTRIBUTES', stride, 40, stream, filter);
  }
  return streams;
}

mkdirSync(OUT, {recursive: true});
boxes();
const lines = (list) => `[\n${list.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]`;
writeFileSync(`${OUT}streams.json`,
  `{\n"draco": ${lines(dracoStreams())},\n"meshopt": ${lines(meshoptStreams())}\n}\n`);
