// Requests to the server, as any client sends them.

const NO_ANSWER = "No answer came: the server may be gone, or the file has changed since it was chosen.";

/** What the server says in place of an image. */
class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Posts a form with a scene; `promise` is of the image as it was sent, and how long it took. */
function post(url, fields, scene, fileName) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append("scene", scene, fileName);
  const request = new XMLHttpRequest();
  const sent = { loaded: 0, total: scene.size };
  request.upload.onprogress = ({ loaded, total }) => Object.assign(sent, { loaded, total });
  request.upload.onload = () => { sent.loaded = sent.total; };
  const promise = new Promise((resolve, reject) => {
    const begun = performance.now();
    request.onload = async () => {
      const took = performance.now() - begun;
      if (request.status === 200) return resolve({ blob: request.response, took });
      return reject(await refusal(request));
    };
    request.onerror = () => reject(new Refusal("no_answer", NO_ANSWER));
    request.onabort = () => reject(new Refusal("cancelled", "Cancelled."));
  });
  request.open("POST", url);
  request.responseType = "blob";
  request.send(form);
  return { promise, sent, cancel: () => request.abort() };
}

async function refusal(request) {
  const text = await request.response.text();
  try {
    const { code, message } = JSON.parse(text);
    if (code && message) return new Refusal(code, message);
  } catch {
    // A proxy's page.
  }
  return new Refusal(`status ${request.status}`, text.slice(0, 300) || request.statusText || "No reason was given.");
}
