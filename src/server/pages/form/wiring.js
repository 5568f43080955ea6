// What leads where.

/** What gestures do to the camera. */
const actions = (panel) => ({
  begin() {
    Object.assign(round, { isMoving: true, panel });
    const camera = scene?.cameras.find(({ value }) => value === valueOf("camera"));
    if (!scene?.orbit || !camera) return;
    scene.lensCamera = camera;
    scene.orbit.startFrom(camera.pose);
    byId("camera").value = "";
  },
  end() {
    round.isMoving = false;
    render();
  },
  turn: (right, up) => change((orbit) => orbit.turn(right, up)),
  zoom: (factor) => change((orbit) => orbit.zoom(factor)),
  pan: (right, up) => change((orbit) => {
    const isFlat = valueOf("lens") === "file" && scene.lensCamera.camera.orthographic;
    const [halfWidth, halfHeight] = times(halfSides(scene), isFlat ? orbit.scale : orbit.distance);
    orbit.pan(2 * halfWidth * right, 2 * halfHeight * up);
  }),
  reset: () => change(resetView),
});

function change(move) {
  if (!scene?.orbit) return;
  move(scene.orbit);
  render();
}

for (const panel of panels) {
  const { frame } = panel;
  followPointers(frame, actions(panel));
  frame.addEventListener("pointermove", (event) => {
    if (panel.blob) tell(panel.pixelAt(event));
  });
  frame.addEventListener("pointerdown", (event) => {
    if (panel.blob) tell(panel.pixelAt(event), event.pointerType !== "mouse");
  });
}
followWheel(panels[0].frame, actions(panels[0]));
followKeys(panels[0].frame, actions(panels[0]));

// On the other images arrow keys lead from pixel to pixel.
for (const panel of panels.slice(1)) {
  panel.frame.addEventListener("keydown", (event) => {
    const arrow = arrowOf(event.key);
    if (!arrow || !panel.blob || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const step = event.shiftKey ? 10 : 1;
    const within = (value, count) => Math.min(count - 1, Math.max(0, value));
    const { width, height } = panel.canvas;
    tell({ x: within(pixel.x + step * arrow[0], width), y: within(pixel.y + step * arrow[1], height) }, true);
  });
}

for (const id of ["pixel-x", "pixel-y"]) {
  byId(id).addEventListener("input", () => {
    const { width, height } = panels[0].canvas;
    const [x, y] = [numberOf("pixel-x"), numberOf("pixel-y")];
    if (scene && x >= 0 && y >= 0 && x < width && y < height) tell({ x: Math.floor(x), y: Math.floor(y) }, true);
  });
}

let patience;
form.addEventListener("input", (event) => {
  const { target } = event;
  if (!scene || !target.closest(".settings")) return;
  if (target.id === "lens" && target.value === "intrinsics") fillIntrinsics();
  if (target.id === "up" && scene.orbit) scene.orbit.up = target.value;
  if (target.id === "camera") {
    scene.lensCamera = scene.cameras.find(({ value }) => value === target.value) ?? scene.lensCamera;
    if (target.value && valueOf("lens") !== "file") byId("lens").value = "file";
  }
  if (target.id === "time-slider") byId("time").value = target.value;
  clearTimeout(patience);
  const isTyped = target.type === "number";
  patience = setTimeout(render, isTyped ? PATIENCE : 0);
  showFields(scene);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  render();
});

byId("scene").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  if (file) openScene(file);
});

byId("sample").addEventListener("click", async () => {
  try {
    const answer = await fetch("/sample.glb");
    if (!answer.ok) throw new Refusal(`status ${answer.status}`, "The sample is not there.");
    await choose(new File([await answer.blob()], "sample.glb"));
  } catch (error) {
    showError({ code: error.code ?? "no_answer", message: error.message });
  }
});

// A file may be dropped anywhere.
let depthOfDrag = 0;
const showDrag = (change) => {
  depthOfDrag = change === 0 ? 0 : depthOfDrag + change;
  byId("source").classList.toggle("dragged", depthOfDrag > 0);
};
document.addEventListener("dragenter", () => showDrag(1));
document.addEventListener("dragleave", () => showDrag(-1));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  showDrag(0);
  const files = [...event.dataTransfer.files];
  const file = files.find(({ name }) => /\.gl(b|tf)$/i.test(name)) ?? files[0];
  if (file) choose(file);
});

/** A file that did not come by the input is shown there all the same. */
function choose(file) {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  byId("scene").files = transfer.files;
  return openScene(file);
}

byId("reset").addEventListener("click", () => change(resetView));
byId("cancel").addEventListener("click", () => {
  round.isWanted = false;
  cancelRound();
});

byId("take-type").addEventListener("input", showSnippet);
for (const button of document.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => {
    for (const each of document.querySelectorAll("[data-kind]")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    showSnippet();
  });
}

byId("copy").addEventListener("click", async () => {
  const text = byId("snippet").textContent;
  try {
    await navigator.clipboard.writeText(text);
    byId("copied").textContent = "Copied.";
  } catch {
    // Pages that do not come by HTTPS or from this machine have no clipboard.
    getSelection().selectAllChildren(byId("snippet"));
    byId("copied").textContent = document.execCommand("copy") ? "Copied." : "Selected: press Ctrl+C.";
  }
  setTimeout(() => { byId("copied").textContent = ""; }, 3000);
});

byId("save-scene").addEventListener("click", () => {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(shown.file), download: shown.fileName });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});

// The form as it is without this script asks for one image.
for (const plain of document.querySelectorAll("[data-plain]")) plain.remove();
for (const live of document.querySelectorAll("[data-live]")) live.hidden = false;
form.noValidate = true;
showSections(false);
// A browser that goes back to this page may have kept the file.
const [kept] = byId("scene").files;
if (kept) openScene(kept);
