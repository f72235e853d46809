// Asks for the balances of the few cards after the page is there, three at a time, so that a slow
// answer never holds up the page or the server. Without this script the links do it.

const MOST_AT_ONCE = 3;
const waiting = [];
let asking = 0;
let failed = 0;
let shown = 0;

const places = document.querySelectorAll("[data-balance]");
const status = document.querySelector("[data-balances-status]");

function note(text) {
  const line = document.createElement("p");
  line.className = "muted";
  line.textContent = text;
  return line;
}

// What stands there while it asks: the last known balance, or the link and the buttons.
async function ask(place) {
  const before = [...place.childNodes];
  const link = place.querySelector(".owed-words a");
  if (place.dataset.asking && link) link.replaceWith(note(place.dataset.asking));
  try {
    const headers = { "X-Requested-With": "fetch" };
    const answer = await fetch(place.dataset.balance, { headers, credentials: "same-origin" });
    // Signed out meanwhile: the link leads to signing in.
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    put(place, await answer.text());
  } catch {
    failed += 1;
    place.replaceChildren(...before);
    if (link) place.querySelector(".owed-words").replaceChildren(link);
  }
}

// Somebody may already be on one of its buttons.
function put(place, text) {
  const at = [...place.querySelectorAll("a, button")].indexOf(document.activeElement);
  place.innerHTML = text;
  if (place.querySelector("[data-unavailable]")) failed += 1;
  else shown += 1;
  if (at >= 0) place.querySelectorAll("a, button")[at]?.focus();
}

async function next() {
  if (asking >= MOST_AT_ONCE || !waiting.length) return;
  asking += 1;
  await ask(waiting.shift());
  asking -= 1;
  if (!asking && !waiting.length) say();
  next();
}

function say() {
  const { done, some, none } = status ? status.dataset : {};
  if (status) status.textContent = failed ? (shown ? some : none) : done;
  failed = 0;
  shown = 0;
}

function enqueue(place) {
  if (status) status.textContent = "";
  waiting.push(place);
  next();
}

for (const place of places) enqueue(place);

document.addEventListener("click", (event) => {
  const again = event.target.closest("[data-again]");
  const place = again?.closest("[data-balance]");
  if (!place) return;
  event.preventDefault();
  place.setAttribute("tabindex", "-1");
  place.focus();
  enqueue(place);
});
