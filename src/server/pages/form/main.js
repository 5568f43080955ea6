// The page: a scene, a form, three images, and one round of requests at a time.

/** Longer rounds, in milliseconds, ask for one image only while the camera moves. */
const SLOW_ROUND = 500;
/** After what is typed. */
const PATIENCE = 300;
/** Until a round is worth a progress bar. */
const QUIET = 250;

const form = byId("form");
const panels = TYPES.map((type) => new Panel(type));
/** What was opened: the file, its facts, the orbit; null before that. */
let scene = null;
/** The pixel that is told. */
let pixel = null;
/** What was shown last. */
let shown = null;
/** How many files were opened. */
let opened = 0;
const round = { isWanted: false, isRunning: false, isMoving: false, took: 0, panel: panels[0], shots: [] };

async function openScene(chosen) {
  const number = ++opened;
  const file = await readFile(chosen);
  const next = { file, cameras: [], animations: [], variants: [], materials: new Map(), orbit: null, lensCamera: null,
    sphere: { center: [0, 0, 0], radius: 1 } };
  try {
    if (file.document) await learn(next);
  } catch (error) {
    // What the page cannot make out, the server may; or it says why not.
    console.info(`The page does not understand the scene: ${error.message}`);
  }
  // Another one may have been opened meanwhile.
  if (number !== opened) return;
  scene = next;
  for (const panel of panels) panel.clear();
  showLabels([], scene.materials);
  showScale(null);
  offerChoices(scene);
  if (scene.orbit) resetView();
  byId("file-size").textContent = sizeInWords(chosen.size);
  showSections(true);
  cancelRound();
  render();
}

/** What there is beside the file, as soon as there is one. */
function showSections(areShown) {
  for (const id of ["views", "settings", "submit", "take"]) byId(id).hidden = !areShown;
  byId("source").classList.toggle("empty", !areShown);
}

/** Finds out what can be chosen, and where to look from. */
async function learn(scene) {
  const { file } = scene;
  Object.assign(scene, {
    cameras: camerasOf(file.document),
    animations: animationsOf(file.document),
    variants: variantsOf(file.document),
    materials: materialsByLabel(file.document),
    sphere: await boundingSphere(file),
  });
  scene.lensCamera = scene.cameras[0] ?? null;
  scene.writer = new FileWithCamera(file);
  scene.orbit = new Orbit(scene.sphere, upAxis(file.document));
}

function sizeInWords(bytes) {
  const [unit, name] = bytes < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}

function resetView() {
  if (!scene.orbit) return;
  byId("camera").value = "";
  scene.orbit.frame(...halfSides(scene));
}

/** Asks for images of what the form and the orbit say now, when those under way have come. */
async function render() {
  round.isWanted = true;
  if (round.isRunning) return;
  round.isRunning = true;
  byId("views").setAttribute("aria-busy", "true");
  try {
    while (round.isWanted) {
      round.isWanted = false;
      await oneRound();
    }
  } finally {
    round.isRunning = false;
    byId("views").setAttribute("aria-busy", "false");
  }
}

async function oneRound() {
  showFields(scene);
  const bad = [...form.elements].find((input) => input.validity?.badInput && input.closest(".field"));
  if (bad) {
    showError({ code: "invalid_field", message: "This is no number." }, bad);
    return;
  }
  const asked = ask(scene);
  const askedOf = scene;
  const wanted = round.isMoving && round.took > SLOW_ROUND ? [round.panel] : panels;
  const begun = performance.now();
  round.shots = wanted.map((panel) => post(form.action, asked.fieldsFor(panel.type), asked.file, asked.fileName));
  const progress = followProgress(round.shots);
  const answers = await Promise.allSettled(round.shots.map((shot) => shot.promise));
  clearTimeout(progress.timer);
  clearInterval(progress.interval);
  byId("work").hidden = true;
  // Another file was opened meanwhile.
  if (askedOf !== scene) return;
  const took = performance.now() - begun;
  if (wanted === panels) round.took = took;
  let error = answers.find((answer) => answer.reason)?.reason;
  for (const [index, answer] of answers.entries()) {
    const panel = wanted[index];
    panel.element.classList.toggle("stale", !answer.value);
    try {
      if (answer.value) await panel.show(answer.value, imageName(panel.type));
    } catch (fault) {
      error ??= fault;
    }
  }
  const isCancelled = error?.code === "cancelled";
  if (error && !isCancelled) showError({ code: error.code ?? "page", message: error.message });
  else clearErrors();
  byId("round").textContent = isCancelled ? "Cancelled" : error ? "" : `Round trip ${Math.round(took)} ms`;
  shown = asked;
  afterRound();
}

/** What is under way need not come. */
function cancelRound() {
  for (const shot of round.shots) shot.cancel();
}

function afterRound() {
  const label = panels[2];
  if (label.blob) showLabels(label.labels(), scene.materials);
  const { width, height } = panels[0].canvas;
  pixel ??= { x: width >> 1, y: height >> 1 };
  tell({ x: Math.min(pixel.x, width - 1), y: Math.min(pixel.y, height - 1) });
  byId("save-scene").disabled = !shown.isOrbit;
  showSnippet();
}

function imageName(type) {
  return `${scene.file.name.replace(/\.[^.]*$/, "")}-${type}.${FILE_ENDINGS[type]}`;
}

/** Shows how much of a slow round has been sent. */
function followProgress(shots) {
  const timer = setTimeout(() => { byId("work").hidden = false; }, QUIET);
  const update = () => {
    const loaded = shots.reduce((sum, { sent }) => sum + sent.loaded, 0);
    const total = shots.reduce((sum, { sent }) => sum + sent.total, 0);
    const bar = byId("progress");
    if (loaded < total) {
      bar.value = loaded / total;
      byId("progress-text").textContent = `Sending ${sizeInWords(loaded)} of ${sizeInWords(total)}`;
    } else {
      bar.removeAttribute("value");
      byId("progress-text").textContent = "Rendering";
    }
  };
  update();
  return { timer, interval: setInterval(update, 100) };
}

/** Tells what is at a pixel; `aloud` also to screen readers. */
function tell(at, aloud = false) {
  pixel = at;
  const words = tellPixel(panels, at, scene.materials);
  for (const [id, value] of [["pixel-x", at.x], ["pixel-y", at.y]]) {
    if (document.activeElement !== byId(id)) byId(id).value = value;
  }
  if (aloud) byId("aloud").textContent = words;
}

function showSnippet() {
  if (!shown) return;
  const type = valueOf("take-type");
  const { kind } = document.querySelector("[data-kind][aria-pressed=true]").dataset;
  const texts = {
    curl: () => asCurl(shown, type, form.action),
    python: () => asPython(shown, type, form.action),
    drake: () => asDrake(shown, form.action, scene.file.document),
  };
  byId("snippet").textContent = texts[kind]();
  byId("take-type").disabled = kind === "drake";
}
