// While somebody is signed in: asks two minutes before the session ends whether they need more time,
// and afterwards leads to the sign-in page. Only the server knows when a session ends: it is asked
// before anything is shown, and so all tabs show the same.

const WARN = 2 * 60 * 1000; // milliseconds, as all of these
const PING_EVERY = 5 * 60 * 1000; // while somebody is busy
const LOOK_EVERY = 5000;
const ASK_EVERY = 10000; // while the dialog is open

const dialog = document.querySelector("[data-session]");
const { session: address, whose, signIn } = dialog.dataset;
const part = (name) => document.querySelector(`[data-session-${name}]`);

let endsAt; // on the clock below
let lastAsked = now();
let lastPing = now();
let lastActive = 0;
let isAsking = false;
let isWaiting = false; // a POST, until isAsking ends
let isLast = false;
let isUnderstood = false; // that it ends, whatever they do
let hasLeft = false;

// The time of day may be set, and a sleeping phone stops the other clock: the later one counts.
function now() {
  now.started ??= { day: Date.now(), page: performance.now() };
  const passed = [Date.now() - now.started.day, performance.now() - now.started.page];
  return Math.max(...passed);
}

function lasts(seconds) {
  endsAt = now() + seconds * 1000;
}

async function ask(method = "GET") {
  if (hasLeft) return;
  // Their own wish to stay comes after the answer that is on its way.
  if (isAsking) {
    isWaiting ||= method === "POST";
    return;
  }
  isAsking = true;
  lastAsked = now();
  try {
    const body = method === "POST" ? new FormData(part("stay")) : undefined;
    const options = { method, body, cache: "no-store", credentials: "same-origin" };
    let answer = await fetch(address, { ...options, redirect: "error" });
    // Signed in again in another tab, this one has an old token: GET brings the new one.
    if (answer.status === 403) answer = await fetch(address, { cache: "no-store" });
    if (answer.ok) hear(await answer.json());
    part("failed").hidden = answer.ok;
  } catch {
    part("failed").hidden = false; // nothing is known: asked again soon
  } finally {
    isAsking = false;
  }
  if (isWaiting) {
    isWaiting = false;
    ask("POST");
  }
}

function hear(told) {
  if (!told.signed_in) return leave();
  if (told.whose !== whose) {
    hasLeft = true;
    return location.reload();
  }
  lasts(told.left);
  isLast = told.is_last;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
    field.value = told.token;
  }
  if (endsAt - now() > WARN) close();
  else if (!(isLast && isUnderstood)) open();
}

function open() {
  for (const [name, shown] of [
    ["idle", !isLast],
    ["last", isLast],
    ["stay", !isLast],
    ["close", isLast],
    ["kept", document.querySelector("[name=typed_by]") !== null],
  ]) {
    if (part(name)) part(name).hidden = !shown;
  }
  if (!dialog.open) dialog.showModal();
}

function close() {
  if (!dialog.open) return;
  dialog.close();
  const told = part("told");
  told.textContent = told.dataset.words;
}

// Signed out. A form of this page is kept by the server: nothing is carried out.
function leave() {
  hasLeft = true;
  const form = typedForm();
  if (form) {
    for (const field of form.querySelectorAll("[type=password]")) field.disabled = true;
    add(form, "only_keep");
    for (const field of form.querySelectorAll("[type=file]")) {
      if (field.value) add(form, "typed_files"); // files can't be kept, and are not sent
      field.disabled = true;
    }
    form.action = location.href;
    form.removeAttribute("target");
    HTMLFormElement.prototype.submit.call(form);
  } else {
    const here = encodeURIComponent(location.pathname + location.search).replaceAll("%2F", "/");
    location.assign(`${signIn}?next=${here}`);
  }
}

// The form that holds what was typed: one that was changed, or that came back with errors.
function typedForm() {
  const forms = [...document.querySelectorAll("[name=typed_by]")].map((seal) => seal.form);
  const refused = forms.find((form) => form.querySelector("[aria-invalid=true]"));
  const summed = document.querySelector(".error-summary") ? forms[0] : undefined;
  return forms.find(isChanged) ?? refused ?? summed;
}

function add(form, name) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = "1";
  form.append(field);
}

function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked;
    }
    if (field.options) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected);
    }
    const isTyped = !["hidden", "submit", "button", "password"].includes(field.type);
    return isTyped && field.value !== field.defaultValue;
  });
}

function look() {
  const left = endsAt - now();
  const isDue = dialog.open || (isLast && isUnderstood) ? now() - lastAsked >= ASK_EVERY : true;
  if (left <= 0 || (left <= WARN && isDue)) ask();
  else if (lastActive > lastPing && now() - lastPing >= PING_EVERY) {
    lastPing = now();
    ask("POST");
  }
}

function isActive() {
  if (!dialog.open) lastActive = now();
}

for (const sign of ["pointerdown", "keydown", "resize"]) addEventListener(sign, isActive);
// What is done inside the frame cannot be seen from here, but that the focus moves into it can.
addEventListener("blur", () => {
  if (document.activeElement?.tagName === "IFRAME") isActive();
});
// Back in this tab, or the phone awake again: much may have happened.
addEventListener("pageshow", (event) => {
  if (event.persisted) ask();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  if (dialog.open) ask();
  else look();
});

part("stay").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("POST");
});
part("close").addEventListener("click", () => {
  isUnderstood = true;
  dialog.close();
});
// Escape: somebody is there.
dialog.addEventListener("cancel", (event) => {
  if (isLast) {
    isUnderstood = true;
  } else {
    event.preventDefault();
    ask("POST");
  }
});

lasts(Number(dialog.dataset.left));
setInterval(look, LOOK_EVERY);
look();
