// On every page: focus for an error summary, messages told aloud, "Show" beside passwords, one answer
// to two clicks, no password beside another language, and nothing selected by who has signed out.

const summary = document.querySelector("[data-takes-focus]");
if (summary) summary.focus();

// Messages that came with the page change nothing for a screen reader, which tells only changes.
const messages = document.querySelector("[data-messages]");
if (messages?.children.length && !summary) {
  setTimeout(() => {
    if (messages.contains(document.activeElement)) return;
    messages.replaceChildren(...[...messages.children].map((one) => one.cloneNode(true)));
  }, 500);
}

for (const button of document.querySelectorAll("[data-show-password]")) {
  const field = document.getElementById(button.dataset.showPassword);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  // Sent as a password field, so that no browser remembers it as plain text.
  field.form.addEventListener("submit", () => {
    field.type = "password";
  });
}

// Switching the language takes along what is typed in the form of the page, but no password.
const typed = document.querySelector("#typed");
let isSwitching = false;
typed?.addEventListener("submit", ({ submitter }) => {
  isSwitching = submitter?.name === "language";
});
typed?.addEventListener("formdata", ({ formData }) => {
  if (!isSwitching) return;
  for (const { name } of typed.querySelectorAll("[type=password]")) formData.delete(name);
});

// A menu is open over the page. It closes when the focus goes on, which would be behind it, and with Escape.
for (const menu of document.querySelectorAll("details[data-menu], [popover]")) {
  const opener = menu.popover ? null : menu.querySelector("summary");
  menu.addEventListener("focusout", ({ relatedTarget: next }) => {
    if (!next || menu.contains(next) || next.popoverTargetElement === menu) return;
    if (opener) menu.open = false;
    else menu.hidePopover();
  });
  if (!opener) continue; // the browser closes it
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    opener.focus();
  });
}

// A browser leaves a link where it is if only a hair of it is in view, at the edge of a wide table.
document.addEventListener("focusin", ({ target }) => {
  if (!target.closest(".results") || !target.matches(":focus-visible")) return;
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// What was sent a moment ago is on its way: of a double click the first counts.
for (const form of document.querySelectorAll("form[method=post]:not([target])")) {
  let sentAt = -Infinity; // milliseconds
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < 3000) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  // Back again: another try.
  addEventListener("pageshow", () => {
    sentAt = -Infinity;
  });
}

// What selection.js keeps is of the member who is signed in. It outlives a session that has only
// ended, or a page that can't say who it is for, but no sign-out, and it is nobody else's.
const own = document.querySelector("[data-session]")?.dataset.whose;
if (own || !document.querySelector("[data-selection-stays]")) {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("selected:") && key !== `selected:${own}`) sessionStorage.removeItem(key);
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
