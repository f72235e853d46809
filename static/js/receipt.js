// On a receipt: shows what payment_status.js has heard, and prints.

const receipt = document.querySelector("[data-payment]");

const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => window.print());

receipt.addEventListener("news", (event) => {
  const told = event.detail;
  receipt.querySelector("[data-status]").replaceWith(told);
  const words = told.querySelector("h1").textContent.trim();
  const isMain = told.dataset.status === "paid" && !told.querySelector("a.button");
  button.classList.toggle("button-secondary", !isMain);
  document.title = document.title.replace(/^[^·]*/, `${words} `);
});
