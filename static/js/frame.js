// Beside a page of Invoice Cloud in a frame: says so when it does not come.

const LATE_AFTER = 15000; // milliseconds

const frame = document.querySelector("[data-frame]");
if (frame) watch(frame);

function watch(frame) {
  const waiting = document.querySelector("[data-frame-wait]");
  const late = document.querySelector("[data-frame-late]");
  // The way that works is then the button, and not the one that has just failed.
  const ownPage = document.querySelector("[data-own-page]");
  const here = document.querySelector("[data-here]");
  const onceLate = document.querySelectorAll("[data-frame-late], [data-show-here]");
  // A billing page comes by the form that aims at its frame; a payment page has an address.
  const form = frame.name && document.querySelector(`form[target="${frame.name}"]`);
  let timer;
  let askedFor = false; // by the customer, who then wants to be there

  function wait() {
    waiting.hidden = false;
    for (const part of onceLate) part.hidden = true;
    ownPage.className = form ? "link" : "";
    clearTimeout(timer);
    timer = setTimeout(giveUp, LATE_AFTER);
  }

  function giveUp() {
    waiting.hidden = true;
    for (const part of onceLate) part.hidden = false;
    ownPage.className = "button";
    if (here) here.className = "button button-secondary";
  }

  function arrived() {
    // The empty page every frame begins with is ours to read; Invoice Cloud's is not.
    if (frame.contentDocument) return;
    clearTimeout(timer);
    // It may be the browser's own page of an error, which looks like any other from here: the ways
    // out above the frame stay, and so does "Show here" after a long wait.
    waiting.hidden = true;
    late.hidden = true;
    // Whoever is busy elsewhere on the page by now is left there.
    const idle = [document.body, document.getElementById("main")].includes(document.activeElement);
    if (askedFor && idle) frame.focus({ preventScroll: true });
    askedFor = false;
  }

  frame.addEventListener("load", arrived);
  if (form) {
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formTarget === "_self") return;
      askedFor = event.submitter !== null; // and not by this script
      wait();
    });
    form.requestSubmit();
  } else {
    wait();
    // Before this script ran, the page may have come already: then nobody tells it again.
    if (!frame.contentDocument) arrived();
  }
}
