// On the payment page: says so when the frame does not come, and takes the reader to it when it does.
"use strict";

const LATE_AFTER = 15000; // milliseconds
const LOOK_AGAIN_AFTER = 2000;

// Gone back to, the page asks what has become of the payment.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

if (document.querySelector("[data-opening]")) setTimeout(() => location.reload(), LOOK_AGAIN_AFTER);
const frame = document.querySelector("[data-frame]");
if (frame) watch(frame);

function watch(frame) {
  const waiting = document.querySelector("[data-frame-wait]");
  const late = document.querySelector("[data-frame-late]");
  const timer = setTimeout(() => { waiting.hidden = true; late.hidden = false; }, LATE_AFTER);
  waiting.hidden = false;

  function arrived() {
    // The empty page every frame begins with is ours to read; Invoice Cloud's is not.
    if (frame.contentDocument) return;
    clearTimeout(timer);
    waiting.hidden = late.hidden = true;
    // Whoever is busy elsewhere on the page by now is left there.
    const idle = [document.body, document.getElementById("main")].includes(document.activeElement);
    if (idle) frame.focus({ preventScroll: true });
  }

  frame.addEventListener("load", arrived);
  // Before this script ran, the page may have come already: then nobody tells it again.
  if (!frame.contentDocument) arrived();
}
