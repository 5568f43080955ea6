// Encodes raw RGBA as KTX2 and decodes it again with another program's decoder; for make_textures.py.
//
//   node basis.mjs WIDTH HEIGHT OPTIONS.json RGBA KTX2 DECODED_RGBA
//
// Needs `ktx2-encoder` (Binomial's encoder) and `three` (Binomial's transcoder, as three.js ships
// it) below the current folder.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const [width, height] = process.argv.slice(2, 4).map(Number);
const [options, input, ktx2, output] = process.argv.slice(4);

const packages = process.cwd() + "/node_modules/";
const { encodeToKTX2 } = await import(packages + "ktx2-encoder/dist/node/index.js");
const settings = JSON.parse(options);
const file = await encodeToKTX2(new Uint8Array(readFileSync(input)), {
  isKTX2File: true, generateMipmap: false, isPerceptual: true, isSetKTX2SRGBTransferFunc: true,
  imageDecoder: async (data) => ({ width, height, data }), ...settings,
});
writeFileSync(ktx2, file);

const folder = packages + "three/examples/jsm/libs/basis/";
const code = readFileSync(folder + "basis_transcoder.js", "utf8");
const BASIS = new Function("require", "__filename", "__dirname", "module", code + "; return BASIS;")(
  require, folder + "basis_transcoder.js", folder, {});
const basis = await BASIS({ wasmBinary: readFileSync(folder + "basis_transcoder.wasm") });
basis.initializeBasis();
const read = new basis.KTX2File(file);
if (!read.isValid() || !read.startTranscoding()) throw new Error("not a KTX2 file");
const RGBA32 = 13;
const rgba = new Uint8Array(read.getImageTranscodedSizeInBytes(0, 0, 0, RGBA32));
if (!read.transcodeImage(rgba, 0, 0, 0, RGBA32, 0, -1, -1)) throw new Error("not transcoded");
writeFileSync(output, rgba);
