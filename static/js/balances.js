// Asks for the balances after the page is there: only those in sight, three at a time, so that
// a slow answer never holds up the page or the server. Without this script the links do it.

const MOST_AT_ONCE = 3;
const waiting = [];
let asking = 0;

const places = document.querySelectorAll("[data-balance]");
const status = document.querySelector("[data-balances-status]");

function note(text) {
  const line = document.createElement("p");
  line.className = "muted";
  line.textContent = text;
  return line;
}

async function ask(place) {
  const link = [...place.childNodes];
  place.replaceChildren(note(place.dataset.asking));
  try {
    const headers = { "X-Requested-With": "fetch" };
    const answer = await fetch(place.dataset.balance, { headers, credentials: "same-origin" });
    // Signed out meanwhile: the link leads to signing in.
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    place.innerHTML = await answer.text();
    moveEnrolments(place);
  } catch {
    place.replaceChildren(...link);
  }
}

// With one account the billing pages below say how they stand; with several each card does.
function moveEnrolments(place) {
  const line = place.querySelector("[data-enrolments]");
  if (!line || !document.querySelector("[data-state]")) return;
  for (const said of line.querySelectorAll("[data-enrolment]")) {
    const page = document.querySelector(`[data-state="${said.dataset.enrolment}"]`);
    if (page) page.textContent = said.textContent;
  }
  line.remove();
}

async function next() {
  if (asking >= MOST_AT_ONCE || !waiting.length) return;
  asking += 1;
  await ask(waiting.shift());
  asking -= 1;
  if (!asking && !waiting.length && status) status.textContent = status.dataset.done;
  next();
}

function enqueue(place) {
  if (status) status.textContent = "";
  waiting.push(place);
  next();
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((seen) => seen.isIntersecting)) {
    watcher.unobserve(entry.target);
    enqueue(entry.target);
  }
});
for (const place of places) watcher.observe(place);

document.addEventListener("click", (event) => {
  const again = event.target.closest("[data-again]");
  const place = again?.closest("[data-balance]");
  if (!place) return;
  event.preventDefault();
  place.setAttribute("tabindex", "-1");
  place.focus();
  enqueue(place);
});
