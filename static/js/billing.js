// On billing pages.

// Kept in the browser's memory, the page would send a key that has long expired.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// On a phone the row of pages scrolls: where we are must be in sight.
const here = document.querySelector(".tabs [aria-current]");
if (here) here.parentElement.parentElement.scrollLeft = here.offsetLeft - 32;
