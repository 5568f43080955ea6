// The three images, and what they say of a pixel.

const TYPES = ["color", "depth", "label"];

/** Up to so many pixels the labels of an image are counted. */
const COUNTED_PIXELS = 1 << 22;

class Panel {
  constructor(type) {
    this.type = type;
    this.element = document.querySelector(`[data-type=${type}]`);
    this.frame = this.element.querySelector(".frame");
    this.canvas = this.element.querySelector("canvas");
    this.mark = this.element.querySelector(".mark");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.blob = null;
    this.depth = null;
  }

  /** Shows an image as it was sent. */
  async show({ blob, took }, name) {
    if (this.type === "depth") {
      this.depth = readDepth(await blob.arrayBuffer());
      const range = measuredRange(this.depth.values);
      const picture = depthPicture(this.depth, range);
      this.resize(picture);
      this.context.putImageData(picture, 0, 0);
      showScale(range);
    } else {
      const picture = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
      this.resize(picture);
      this.context.drawImage(picture, 0, 0);
      picture.close();
    }
    this.blob = blob;
    this.element.querySelector(".took").textContent = `${Math.round(took)} ms`;
    const link = this.element.querySelector(".save");
    URL.revokeObjectURL(link.href);
    Object.assign(link, { href: URL.createObjectURL(blob), download: name, hidden: false });
  }

  resize({ width, height }) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
    }
  }

  clear() {
    this.blob = null;
    this.depth = null;
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.element.querySelector(".took").textContent = "";
    this.element.querySelector(".save").hidden = true;
    this.mark.hidden = true;
  }

  /** The pixel under a pointer. */
  pixelAt({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const within = (part, count) => Math.min(count - 1, Math.max(0, Math.floor(part * count)));
    return {
      x: within((clientX - box.left) / box.width, this.canvas.width),
      y: within((clientY - box.top) / box.height, this.canvas.height),
    };
  }

  /** [r, g, b] of a pixel. */
  rgb({ x, y }) {
    return [...this.context.getImageData(x, y, 1, 1).data].slice(0, 3);
  }

  point({ x, y }) {
    this.mark.hidden = false;
    this.mark.style.left = `${100 * (x + 0.5) / this.canvas.width}%`;
    this.mark.style.top = `${100 * (y + 0.5) / this.canvas.height}%`;
  }

  /** The labels of the image, most frequent first. */
  labels() {
    const { width, height } = this.canvas;
    if (width * height > COUNTED_PIXELS) return [];
    const pixels = new Uint32Array(this.context.getImageData(0, 0, width, height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a)
      .map(([pixel]) => hex([pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255]));
  }
}

/** The scale beside the depth image. */
function showScale(range) {
  const bar = byId("scale-bar");
  const context = bar.getContext("2d");
  for (let x = 0; x < bar.width; x++) {
    context.fillStyle = `rgb(${DEPTH_COLORS[Math.round(255 * x / (bar.width - 1))]})`;
    context.fillRect(x, 0, 1, bar.height);
  }
  const text = (value) => `${Number(value.toPrecision(4))} m`;
  byId("scale-near").textContent = range ? text(range.near) : "";
  byId("scale-middle").textContent = range ? text((range.near + range.far) / 2) : "";
  byId("scale-far").textContent = range ? text(range.far) : "";
}

/** A small square of a color. */
function swatch(color) {
  const square = document.createElement("span");
  square.className = "swatch";
  square.style.background = color;
  return square;
}

/** Which materials the label image shows. */
function showLabels(labels, materials) {
  const items = labels.slice(0, 12).map((label) => {
    const item = document.createElement("li");
    item.append(swatch(label), labelInWords(label, materials));
    return item;
  });
  if (labels.length > items.length) {
    items.push(Object.assign(document.createElement("li"), { textContent: `${labels.length - items.length} more` }));
  }
  byId("labels").replaceChildren(...items);
}

function labelInWords(label, materials) {
  const names = materials.get(label);
  if (names) return names.join(", ");
  return label === "#ffffff" ? "nothing, or no material" : label;
}

/** What all three say of a pixel; gives it in words, too. */
function tellPixel(panels, pixel, materials) {
  const told = {};
  for (const panel of panels) {
    const place = byId(`at-${panel.type}`);
    const isThere = panel.blob && pixel.x < panel.canvas.width && pixel.y < panel.canvas.height;
    if (!isThere) {
      place.textContent = "–";
      continue;
    }
    panel.point(pixel);
    if (panel.type === "depth") {
      told.depth = depthInWords(panel.depth.values[pixel.y * panel.canvas.width + pixel.x]);
      place.textContent = told.depth;
      continue;
    }
    const rgb = panel.rgb(pixel);
    const color = hex(rgb);
    told[panel.type] = panel.type === "label" ? `${color}, ${labelInWords(color, materials)}`
      : `${color} (${rgb.join(", ")})`;
    place.replaceChildren(swatch(color), told[panel.type]);
  }
  const words = TYPES.filter((type) => told[type]).map((type) => `${type} ${told[type]}`);
  return `Column ${pixel.x}, row ${pixel.y}: ${words.join("; ")}`;
}
