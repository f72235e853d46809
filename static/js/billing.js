// On billing pages.

// Kept in the browser's memory, the page would send a key that has long expired.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
