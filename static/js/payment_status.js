// Asks how a payment stands, less and less often, and tells the page when that changes (an event
// named "news" at the element, with the answer in its detail).

const FIRST = 1500; // milliseconds
const LONGEST = 15000;
const GIVE_UP_AFTER = 20 * 60 * 1000; // since anything happened in this window
const SETTLED = ["paid", "reversed", "failed"];

const place = document.querySelector("[data-payment]");
let known = document.querySelector("[data-status]").dataset;
let pause = FIRST;
let timer;
let lastSign;

function soon() {
  lastSign = Date.now();
  pause = FIRST;
  lookLater();
}

function lookLater() {
  clearTimeout(timer);
  if (SETTLED.includes(known.status) || Date.now() - lastSign > GIVE_UP_AFTER) return;
  timer = setTimeout(look, pause);
}

async function look() {
  if (document.hidden) return; // nobody is looking: asked again when they are back
  await ask().catch(() => {}); // no connection: the next look tells
  pause = Math.min(pause * 1.5, LONGEST);
  lookLater();
}

async function ask() {
  // Signed out meanwhile, it would lead to signing in.
  const options = { credentials: "same-origin", redirect: "error" };
  const answer = await fetch(place.dataset.payment, options);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const told = page.querySelector("[data-status]");
  const { status, accounts, declinedAt } = told.dataset;
  // A second decline is news too, and so is each of several accounts.
  const isSame = status === known.status && declinedAt === known.declinedAt;
  if (isSame && (accounts === known.accounts || !known.accounts)) return;
  known = { status, accounts, declinedAt };
  pause = FIRST;
  place.dispatchEvent(new CustomEvent("news", { detail: told }));
}

document.addEventListener("visibilitychange", soon);
// Another page of Invoice Cloud in the frame: perhaps the one that says that the payment is made.
document.querySelector("[data-frame]")?.addEventListener("load", soon);
soon();
