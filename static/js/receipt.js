// On a receipt: asks how the payment stands, less and less often, until that is settled.

const FIRST = 1500; // milliseconds
const LONGEST = 30000;
const GIVE_UP_AFTER = 20 * 60 * 1000;
const SETTLED = ["paid", "failed"];

const receipt = document.querySelector("[data-receipt]");
const began = Date.now();

const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());

lookLater(FIRST);

function lookLater(pause) {
  const status = receipt.querySelector("[data-status]").dataset.status;
  if (SETTLED.includes(status) || Date.now() - began > GIVE_UP_AFTER) return;
  setTimeout(() => look(pause), pause);
}

async function look(pause) {
  // Nobody is looking: nothing is asked, and the next look comes soon after they are back.
  if (!document.hidden) await refresh().catch(() => {}); // no connection: the next look tells
  lookLater(document.hidden ? pause : Math.min(pause * 1.5, LONGEST));
}

async function refresh() {
  const answer = await fetch(receipt.dataset.receipt, {
    credentials: "same-origin",
    redirect: "error",
  });
  if (!answer.ok) return;
  const news = (await answer.text()).trim();
  const page = new DOMParser().parseFromString(news, "text/html");
  const told = page.querySelector("[data-status]");
  const shown = receipt.querySelector("[data-status]");
  if (told.dataset.status === shown.dataset.status) return;
  shown.replaceWith(told);
  const words = told.querySelector("h1").textContent.trim();
  document.title = document.title.replace(/^[^·]*/, `${words} `);
}
