// Passkeys (WebAuthn): signs in, answers the second step, and makes new ones. The browser's answer goes
// into a hidden field of an ordinary form. Without this script the buttons stay hidden.

const LATE = 5 * 60 * 1000 - 2000; // milliseconds: the browser's own time is over
const BUSY = "busy";
const OFFLINE = "offline";
const STALE = "stale"; // signed in or out in another tab: the token of the form has ended
const RENEW_EVERY = 4 * 60 * 1000; // while the sign-in page is open and offers passkeys by itself

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// As parseRequestOptionsFromJSON, which older browsers lack.
function parsed(json) {
  const options = JSON.parse(json);
  const { allowCredentials = [], excludeCredentials = [], user } = options;
  options.challenge = toBytes(options.challenge);
  if (user) user.id = toBytes(user.id);
  for (const one of [...allowCredentials, ...excludeCredentials]) one.id = toBytes(one.id);
  return options;
}

function serialized({ id, rawId, type, response }) {
  const told = {};
  for (const name of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (response[name]) told[name] = toText(response[name]);
  }
  if (response.getTransports) told.transports = response.getTransports();
  return JSON.stringify({ id, rawId: toText(rawId), type, response: told });
}

function reason(error, kind, took) {
  if (error.name === "InvalidStateError" && kind === "create") return "taken";
  if (error.name === "NotAllowedError") return took > LATE ? "late" : "canceled";
  return [BUSY, OFFLINE].includes(error.message) ? error.message : "unable";
}

class Offer {
  constructor(root) {
    this.root = root;
    this.kind = root.dataset.passkey;
    this.form = root.closest("form");
    this.button = root.querySelector("[data-passkey-button]");
    this.told = root.querySelector("[data-passkey-told]");
    this.answer = this.form.querySelector("[data-passkey-answer]");
    root.hidden = false;
    // Also what Enter in a field of the form presses.
    this.button.addEventListener("click", (event) => {
      if (document.activeElement?.name === "code") return; // typed, and sent with Enter
      event.preventDefault();
      this.begin();
    });
    // An answer is good once. Whoever presses another button, or comes back, has typed a code.
    const forget = ({ submitter = true }) => {
      if (submitter) this.answer.value = "";
    };
    this.form.addEventListener("submit", forget);
    window.addEventListener("pageshow", forget);
    if (this.kind === "sign-in") {
      this.offerByItself();
      window.addEventListener("pageshow", ({ persisted }) => persisted && this.offerByItself());
    }
  }

  async begin() {
    if (this.isBusy) return;
    // Without a name, the device would keep a passkey that the portal refuses.
    if (this.kind === "create" && !this.form.checkValidity()) {
      this.form.requestSubmit();
      return;
    }
    this.isBusy = true;
    this.told.hidden = true;
    const began = performance.now();
    try {
      await this.ask({});
    } catch (error) {
      if (error.message === STALE) return window.location.reload();
      const why = reason(error, this.kind, performance.now() - began);
      this.told.lastElementChild.textContent = this.told.dataset[why];
      this.told.hidden = false;
      if (this.kind === "sign-in") this.offerByItself();
    } finally {
      this.isBusy = false;
    }
  }

  // Among the emails that the browser offers in the field.
  async offerByItself() {
    if (!(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => this.offerByItself(), RENEW_EVERY);
    if (this.isBusy || document.hidden) return;
    try {
      await this.ask({ mediation: "conditional" });
    } catch {
      // Nobody has asked for anything: the button says what is wrong.
    }
  }

  async ask(more) {
    this.waiting?.abort();
    const waiting = new AbortController();
    this.waiting = waiting;
    const publicKey = parsed(this.root.dataset.options ?? (await this.options(waiting.signal)));
    const how = { publicKey, signal: waiting.signal, ...more };
    const credentials = navigator.credentials;
    const found = await (this.kind === "create" ? credentials.create(how) : credentials.get(how));
    if (waiting.signal.aborted) return;
    this.answer.value = serialized(found);
    this.form.requestSubmit();
  }

  async options(signal) {
    const token = new FormData(this.form).get("csrfmiddlewaretoken");
    const answer = await fetch(this.root.dataset.optionsFrom, {
      method: "POST",
      headers: { "X-CSRFToken": token },
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal,
    }).catch((error) => {
      throw error.name === "TypeError" ? new Error(OFFLINE) : error;
    });
    if (answer.status === 403) throw new Error(STALE);
    if (!answer.ok) throw new Error(BUSY);
    return answer.text();
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const root of document.querySelectorAll("[data-passkey]")) new Offer(root);
  for (const words of document.querySelectorAll("[data-passkey-missing]")) words.hidden = true;
}
