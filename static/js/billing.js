// On billing pages: opens Invoice Cloud in the frame, and says so when it does not come.
"use strict";

const LATE_AFTER = 15000; // milliseconds

// Kept in the browser's memory, the page would send a key that has long expired.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// On a phone the row of pages scrolls: where we are must be in sight.
const here = document.querySelector(".tabs [aria-current]");
if (here) here.parentElement.parentElement.scrollLeft = here.offsetLeft - 32;

const frame = document.querySelector("[data-frame]");
if (frame) openInFrame(frame, document.getElementById("billing-form"));

function openInFrame(frame, form) {
  const showHere = document.querySelector("[data-show-here]");
  const waiting = document.querySelector("[data-frame-wait]");
  const late = document.querySelector("[data-frame-late]");
  let timer;

  function begin(event) {
    if (event.submitter && event.submitter.formTarget === "_self") return;
    showHere.hidden = true;
    late.hidden = true;
    waiting.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(giveUpWaiting, LATE_AFTER);
  }

  function giveUpWaiting() {
    waiting.hidden = true;
    late.hidden = showHere.hidden = false;
  }

  function arrived() {
    // The empty page every frame begins with is ours to read; Invoice Cloud's is not.
    if (frame.contentDocument) return;
    clearTimeout(timer);
    // After a long wait it may be the browser's own page of an error, which looks like any other
    // from here: "Show here" stays then.
    waiting.hidden = late.hidden = true;
    // Whoever is busy elsewhere on the page by now is left there.
    const idle = [document.body, document.getElementById("main")].includes(document.activeElement);
    if (idle) frame.focus({ preventScroll: true });
  }

  form.addEventListener("submit", begin);
  frame.addEventListener("load", arrived);
  form.requestSubmit();
}
