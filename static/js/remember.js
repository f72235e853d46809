// On the guest's form: keeps the account in this browser, and nowhere else, for those who want it.

const KEY = "account";

const form = document.querySelector("[data-remembers]");
const number = form.querySelector("[name=account_number]");
const offer = form.querySelector("[data-remember]");
const known = form.querySelector("[data-remembered]");
const link = new URLSearchParams(location.search).get("link");

// A browser may refuse to keep anything, or hold what another release has written.
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function keep(account) {
  try {
    if (account) localStorage.setItem(KEY, JSON.stringify(account));
    else localStorage.removeItem(KEY);
  } catch {
    // Then it isn't remembered.
  }
}

// As the server shows it: four characters, and never more than half.
function endOf(text) {
  const signs = text.replace(/[^\p{L}\p{N}]/gu, "");
  return signs.slice(-Math.min(4, Math.floor(signs.length / 2)));
}

const isRefused = number ? number.matches("[aria-invalid=true]") : false;
if (isRefused || (form.dataset.remembers === "dead" && kept()?.link === link)) keep(null);

const account = kept();
if (account?.ending && known) {
  known.querySelector("[data-ending]").textContent = account.ending;
  known.hidden = false;
} else if (!account && (number || link)) {
  offer.hidden = false;
}

known?.querySelector("[data-use]").addEventListener("click", () => {
  if (account.link) location.assign(`?${new URLSearchParams({ link: account.link })}`);
  number.value = account.number ?? "";
  number.focus();
});

known?.querySelector("[data-forget]").addEventListener("click", () => {
  keep(null);
  known.hidden = true;
  offer.hidden = false;
  number.focus();
});

form.addEventListener("submit", ({ submitter }) => {
  if (submitter?.name === "language") return;
  if (!offer.querySelector("input").checked) return;
  if (number) keep({ number: number.value, ending: endOf(number.value) });
  else keep({ link, ending: form.dataset.remembers });
});
