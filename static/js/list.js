// Shows the balances of a long list as they come in the background: looks again, less and less often.
// Only words change. No row comes, goes, or moves: somebody may be about to press its button. If the
// list would be another one by now, a link to it is shown at the end. Reloading the page does it too.

const FIRST = 2000; // milliseconds
const LONGEST = 10000;
const MOST_LOOKS = 12; // in less than two minutes
const MOST_IN_VAIN = 2;

const status = document.querySelector("[data-balances-status]");
let timer = 0;
let pause = FIRST;
let looks = 0;
let inVain = 0;
let isOther = false;

const isWaiting = () => document.querySelector("[data-waiting]") !== null;
// The filters with their numbers, and the rows in their order.
const order = (page) =>
  [...page.querySelectorAll(".chips a, tbody [data-cents]")]
    .map((part) => part.value ?? part.textContent)
    .join(" ");

function lookLater() {
  clearTimeout(timer);
  if (!isWaiting() || looks >= MOST_LOOKS || inVain >= MOST_IN_VAIN) {
    end();
    return;
  }
  timer = setTimeout(look, pause);
  pause = Math.min(pause * 2, LONGEST);
}

function end() {
  const link = document.querySelector("[data-new-list]");
  link.hidden = !isOther;
  if (isOther) status.textContent = link.textContent;
  else if (!isWaiting()) status.textContent = status.dataset.done;
}

async function look() {
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  looks += 1;
  const headers = { "X-Requested-With": "fetch" };
  let text = "";
  try {
    const answer = await fetch(location.href, { headers, redirect: "manual" });
    if (answer.ok) text = await answer.text();
    // Signed out meanwhile, it leads to signing in: that has no status here.
    else if (answer.status < 500 && answer.status !== 429) return;
  } catch {
    // No network: later.
  }
  if (text) show(new DOMParser().parseFromString(text, "text/html"));
  lookLater();
}

function show(news) {
  inVain += 1;
  isOther = order(document) !== order(news);
  const sums = document.querySelector(".sums");
  sums.style.minHeight = `${sums.offsetHeight}px`; // or the rows would move up
  put(sums, news.querySelector(".sums"));
  for (const old of document.querySelectorAll("tbody [data-cents]")) {
    const box = news.querySelector(`tbody [data-cents][value="${old.value}"]`);
    if (box) showRow(old, box);
    // It moved to another page, and nothing will come for it here.
    else old.closest("tr").querySelector("[data-waiting]")?.remove();
  }
}

function showRow(old, box) {
  for (const name of [".due", ".number"]) {
    put(old.closest("tr").querySelector(name), box.closest("tr").querySelector(name));
  }
  if (old.dataset.cents === box.dataset.cents) return;
  old.dataset.cents = box.dataset.cents;
  if (old.checked) old.dispatchEvent(new Event("change", { bubbles: true })); // for the sum
}

function put(old, now) {
  if (!now || old.textContent === now.textContent || old.contains(document.activeElement)) return;
  old.replaceChildren(...now.childNodes);
  inVain = 0;
}

function start() {
  pause = FIRST;
  looks = 0;
  inVain = 0;
  if (isWaiting()) lookLater();
}

start();
// The page as it was left, after "back".
addEventListener("pageshow", ({ persisted }) => persisted && start());
