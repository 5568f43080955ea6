"use strict";
// Keeps the page as it is now: by server-sent events or, without them, by asking for it again and again.

const REFRESH_MILLISECONDS = 5000;
const following = document.getElementById("following");

// Puts the parts of the page that have changed into their places. Each has an id.
function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const section of document.querySelectorAll("main > section[id]")) {
    const other = fresh.getElementById(section.id);
    // What somebody is reading or has opened stays.
    const isInUse = section.contains(document.activeElement) || section.querySelector("details[open]");
    if (other && other.innerHTML !== section.innerHTML && !isInUse) {
      section.replaceChildren(...other.childNodes);
    }
  }
}

// The text is read out when it changes, so it has to be the same as long as nothing does.
function say(text, state) {
  if (following.textContent !== text) {
    following.textContent = text;
    following.className = state;
  }
}

async function refresh() {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.text());
    say("Refreshed every 5 s.", "good");
  } catch {
    say("The server does not answer.", "bad");
  }
}

let timer = null;
function refreshAgainAndAgain() {
  timer ??= setInterval(refresh, REFRESH_MILLISECONDS);
  refresh();
}

if (window.EventSource) {
  const events = new EventSource("/events");
  events.addEventListener("status", (event) => {
    show(event.data);
    say("Live.", "good");
  });
  events.addEventListener("error", () => {
    // A lost connection is made again by the browser, a refused one is not.
    if (events.readyState === EventSource.CLOSED) refreshAgainAndAgain();
    else say("The server does not answer.", "bad");
  });
} else {
  refreshAgainAndAgain();
}

for (const block of document.querySelectorAll("pre[aria-labelledby]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-describedby", block.getAttribute("aria-labelledby"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = "Copied";
    } catch {
      // Browsers allow it only where the connection is safe; the text is selected instead.
      getSelection().selectAllChildren(block);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.after(button);
}
