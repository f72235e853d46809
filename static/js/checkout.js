// Around the payment page: leads to the receipt when payment_status.js has heard of a payment,
// whether or not Invoice Cloud ever returns.

const LOOK_AGAIN_AFTER = 2000; // milliseconds
const READ_IN = 1500; // milliseconds, for a screen reader too

// Gone back to, the page asks what has become of the payment.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

if (document.querySelector("[data-opening]")) setTimeout(() => location.reload(), LOOK_AGAIN_AFTER);

const place = document.querySelector("[data-payment]");
const declined = document.querySelector("[data-declined]");
const leaving = document.querySelector("[data-leaving]");

place?.addEventListener("news", (event) => {
  const { status } = event.detail.dataset;
  // After an hour without a postback: perhaps they are still typing.
  if (["open", "unconfirmed"].includes(status)) return;
  declined.hidden = true;
  // Invoice Cloud lets them try again in the frame: nobody is taken out of it.
  if (status === "declined") tellOfDecline(event.detail);
  else leave();
});

function tellOfDecline(told) {
  // With its parts: a processor's own words are marked as English.
  declined.querySelector("p").replaceChildren(...told.querySelector("[data-decline]").childNodes);
  declined.hidden = false;
}

function leave() {
  leaving.hidden = false;
  setTimeout(() => location.replace(place.dataset.receipt), READ_IN);
}
