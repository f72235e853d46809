// On every page: focus for an error summary, "Show" beside passwords, and one answer to two clicks.

const summary = document.querySelector("[data-takes-focus]");
if (summary) summary.focus();

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
