// Depth images: read from the server's TIFF, shown in false color, and told in metres.

/** {width, height, values} of a TIFF with one channel of uncompressed 32-bit floats in strips. */
function readDepth(buffer) {
  const data = new DataView(buffer);
  const isLittle = data.getUint16(0) === 0x4949;
  const u16 = (at) => data.getUint16(at, isLittle);
  const u32 = (at) => data.getUint32(at, isLittle);
  const directory = u32(4);
  const tags = new Map();
  for (let entry = 0; entry < u16(directory); entry++) {
    const at = directory + 2 + 12 * entry;
    const count = u32(at + 4);
    const [read, bytes] = u16(at + 2) === 3 ? [u16, 2] : [u32, 4];
    const start = count * bytes > 4 ? u32(at + 8) : at + 8;
    // Those of other types than whole numbers are not asked for.
    tags.set(u16(at), () => Array.from({ length: count }, (_, index) => read(start + bytes * index)));
  }
  const numbers = (tag) => tags.get(tag)?.() ?? [];
  const [[width], [height], [compression = 1], [bits], [format]] = [256, 257, 259, 258, 339].map(numbers);
  if (compression !== 1 || bits !== 32 || format !== 3) throw new Error("The depth image is no float32 TIFF.");
  const values = new Float32Array(width * height);
  const lengths = numbers(279);
  let filled = 0;
  for (const [strip, start] of numbers(273).entries()) {
    for (let at = start; at < start + lengths[strip]; at += 4) values[filled++] = data.getFloat32(at, isLittle);
  }
  if (filled !== values.length) throw new Error("The depth image has another size than it says.");
  return { width, height, values };
}

/** The nearest and the farthest that was measured; null if nothing was. */
function measuredRange(values) {
  let near = Infinity;
  let far = 0;
  for (const value of values) {
    if (value === 0 || value === Infinity) continue;
    if (value < near) near = value;
    if (value > far) far = value;
  }
  return far ? { near, far } : null;
}

/**
 * 256 colors of evenly falling lightness, from yellow (near) over green and blue to violet: a path through the color
 * space OKLCH, so that equal steps of depth look equal, also to the color-blind.
 */
const DEPTH_COLORS = Array.from({ length: 256 }, (_, index) => {
  const part = index / 255;
  const hue = (105 + 200 * part) * Math.PI / 180;
  return srgb(0.93 - 0.65 * part, 0.125 * Math.cos(hue), 0.125 * Math.sin(hue));
});

/** A color of OKLab as bytes of sRGB. */
function srgb(lightness, a, b) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((linear) => {
    const value = Math.min(1, Math.max(0, linear));
    return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
  });
}

/** The color of a depth at a pixel: what is too close or too far is hatched, each in its way. */
function depthColor(value, range, x, y) {
  if (value === 0) return (x - y) & 4 ? [196, 32, 48] : [150, 16, 32];
  if (value === Infinity) return (x + y) & 4 ? [122, 122, 122] : [136, 136, 136];
  const part = range.far > range.near ? (value - range.near) / (range.far - range.near) : 0;
  return DEPTH_COLORS[Math.round(255 * part)];
}

function depthPicture({ width, height, values }, range) {
  const picture = new ImageData(width, height);
  for (let pixel = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      picture.data.set(depthColor(values[pixel], range, x, y), 4 * pixel);
      picture.data[4 * pixel + 3] = 255;
    }
  }
  return picture;
}

/** A 32-bit float in as few digits as tell it from all others. */
function exactly(value) {
  for (let digits = 1; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

function depthInWords(value) {
  if (value === 0) return "too close (0)";
  return value === Infinity ? "too far, or nothing (inf)" : `${exactly(value)} m`;
}
