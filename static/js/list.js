// Shows the balances of a long list as they come in the background: looks again, less and less often.
// Nothing moves while somebody reads or selects: rows change their places only at the top of the page
// that nobody has touched. Without this script, reloading the page does it.

const FIRST = 2000; // milliseconds
const LONGEST = 10000;
const MOST_LOOKS = 12; // a minute and a half

const status = document.querySelector("[data-balances-status]");
let pause = FIRST;
let looks = 0;

const isIn = (part) => part.contains(document.activeElement);
const isWaiting = () => document.querySelector(".sums[data-waiting]") !== null;

function lookLater() {
  if (isWaiting() && looks < MOST_LOOKS) setTimeout(look, pause);
}

async function look() {
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  looks += 1;
  pause = Math.min(pause * 1.5, LONGEST);
  // Signed out meanwhile, it would lead to signing in.
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(location.href, { headers, redirect: "error" }).catch(() => null);
  if (!answer?.ok) return;
  show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (!isWaiting()) status.textContent = status.dataset.done;
  lookLater();
}

function show(news) {
  for (const name of [".sums", ".chips"]) {
    const [old, now] = [document.querySelector(name), news.querySelector(name)];
    // One filter more can take one line more.
    const isAsLong = name === ".sums" || old?.children.length === now?.children.length;
    if (!old || !now || isIn(old) || !isAsLong) continue;
    now.style.minHeight = `${old.offsetHeight}px`;
    old.replaceWith(now);
  }
  const [form, rows] = [document.querySelector("[data-selection]"), news.querySelector("tbody")];
  if (form && rows) showRows(form, rows);
}

function showRows(form, rows) {
  const body = form.querySelector("tbody");
  if (scrollY === 0 && !isIn(form) && !form.querySelector("tbody :checked")) {
    body.replaceWith(rows);
    return;
  }
  for (const box of rows.querySelectorAll("[data-cents]")) {
    const old = body.querySelector(`[data-cents][value="${box.value}"]`);
    if (old) showRow(old, box);
  }
}

function showRow(old, box) {
  for (const name of [".due", ".number"]) {
    const cell = old.closest("tr").querySelector(name);
    if (!isIn(cell)) cell.replaceWith(box.closest("tr").querySelector(name));
  }
  old.dataset.cents = box.dataset.cents;
  if (old.checked) old.dispatchEvent(new Event("change", { bubbles: true })); // for the sum
}

lookLater();
