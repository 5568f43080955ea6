// Errors, beside the field that they name and above the form.

const byId = (id) => document.getElementById(id);

/** The names of fields that a message may have. */
const FIELDS = ["animation", "camera", "center_x", "center_y", "far", "focal_x", "focal_y", "height", "look",
  "max_depth", "min_depth", "near", "scene", "time", "variant", "width"];

/** The input of the field that a message names first, of those that are filled if there are any. */
function namedInput(message) {
  const places = FIELDS.map((name) => [message.search(new RegExp(`\\b${name}\\b`)), name]).filter(([at]) => at >= 0);
  const names = places.sort(([a], [b]) => a - b).map(([, name]) => name);
  const name = names.find((each) => byId(each).value) ?? names[0];
  const input = name && byId(name);
  if (input && input.closest("[hidden]") && /^(focal|center)_/.test(name)) return byId("fov");
  return input;
}

function showError({ code, message }, input = namedInput(message)) {
  clearErrors();
  const summary = byId("errors");
  summary.replaceChildren(Object.assign(document.createElement("strong"), { textContent: code }), ` ${message} `);
  summary.hidden = false;
  if (!input) return;
  const note = Object.assign(document.createElement("p"), {
    id: `error-${input.id}`, className: "error", textContent: message,
  });
  input.closest(".field").append(note);
  input.setAttribute("aria-invalid", "true");
  input.dataset.describedby = input.getAttribute("aria-describedby") ?? "";
  input.setAttribute("aria-describedby", `${note.id} ${input.dataset.describedby}`.trim());
  const link = Object.assign(document.createElement("a"), { href: `#${input.id}`, textContent: "Go to the field" });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    input.focus();
  });
  summary.append(link);
}

function clearErrors() {
  byId("errors").hidden = true;
  byId("errors").replaceChildren();
  for (const note of document.querySelectorAll(".field .error")) note.remove();
  for (const input of document.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    if (input.dataset.describedby) input.setAttribute("aria-describedby", input.dataset.describedby);
    else input.removeAttribute("aria-describedby");
  }
}
