// Around the payment page: looks again at how the payment stands.

const LOOK_AGAIN_AFTER = 2000; // milliseconds

// Gone back to, the page asks what has become of the payment.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

if (document.querySelector("[data-opening]")) setTimeout(() => location.reload(), LOOK_AGAIN_AFTER);
