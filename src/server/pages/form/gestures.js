// Mouse, pen, fingers and keys on the images.

const TURN = Math.PI / 36;
const ZOOM = 1.12;

/** The whole width or height of the image turns the camera by so much. */
const TURN_BY_DRAG = Math.PI;

/** `act` has turn, pan (parts of the image), zoom, reset, begin and end. */
function followPointers(element, act) {
  const pointers = new Map();
  // A click that moves nothing asks for nothing.
  let isDrag = false;
  const middle = () => {
    const all = [...pointers.values()];
    return [0, 1].map((axis) => all.reduce((sum, at) => sum + at[axis], 0) / all.length);
  };
  const spread = () => {
    const [a, b] = pointers.values();
    return b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : 0;
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 && event.button !== 2) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  element.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const [before, width] = [middle(), spread()];
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const after = middle();
    const box = element.getBoundingClientRect();
    const [right, down] = [(after[0] - before[0]) / box.width, (after[1] - before[1]) / box.height];
    if (right === 0 && down === 0 && spread() === width) return;
    isDrag = true;
    act.begin();
    const isPan = pointers.size > 1 || event.shiftKey || (event.buttons & 2) !== 0;
    if (isPan) act.pan(right, -down);
    else act.turn(TURN_BY_DRAG * right, TURN_BY_DRAG * down);
    if (width && spread()) act.zoom(width / spread());
  });
  for (const name of ["pointerup", "pointercancel"]) {
    element.addEventListener(name, (event) => {
      if (!pointers.delete(event.pointerId) || pointers.size || !isDrag) return;
      isDrag = false;
      act.end();
    });
  }
  element.addEventListener("contextmenu", (event) => event.preventDefault());
}

function followWheel(element, act) {
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    act.begin();
    // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
    act.zoom(Math.exp(event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)));
    act.end();
  }, { passive: false });
}

function followKeys(element, act) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const arrow = arrowOf(event.key);
    const isKnown = arrow || ["+", "=", "-", "_", "Home"].includes(event.key);
    if (!isKnown) return;
    event.preventDefault();
    act.begin();
    if (arrow && event.shiftKey) act.pan(-0.05 * arrow[0], 0.05 * arrow[1]);
    else if (arrow) act.turn(-TURN * arrow[0], -TURN * arrow[1]);
    else if (event.key === "Home") act.reset();
    else act.zoom(["+", "="].includes(event.key) ? 1 / ZOOM : ZOOM);
    act.end();
  });
}

/** [right, down] of an arrow key. */
function arrowOf(key) {
  return { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
}
