// On every page: focus for an error summary, and "Show" beside passwords.

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
  field.form.addEventListener("submit", () => { field.type = "password"; });
}
