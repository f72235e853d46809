// While a probe runs: fetches its page every two seconds and shows what is new. Without this
// script, the link "Refresh" does it.

const PAUSE = 2000; // milliseconds

const isRunning = () => document.querySelector("[data-probe]").dataset.probe === "running";

async function refresh() {
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [news, shown] = [page, document].map((one) => one.querySelector("[data-probe]"));
  if (!news) return;
  if (news.dataset.probe !== "running") {
    location.reload(); // the whole page is new, and the browser says so
    return;
  }
  update(shown, news, "[data-progress]");
  update(shown, news, ".steps");
}

// Only what differs is replaced: a screen reader announces it, and an open part stays open.
function update(shown, news, part) {
  const [before, after] = [shown, news].map((one) => one.querySelector(part));
  const known = before.children.length;
  if (part === ".steps") before.append(...[...after.children].slice(known));
  else if (before.innerHTML !== after.innerHTML) before.replaceChildren(...after.childNodes);
}

async function look() {
  if (!document.hidden) await refresh().catch(() => {}); // no connection: the next look tells
  if (isRunning()) setTimeout(look, PAUSE);
}

if (isRunning()) setTimeout(look, PAUSE);
