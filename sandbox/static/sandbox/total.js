// Updates the total below the amounts. Without scripts, it stays the total of the balances.
const amounts = [...document.querySelectorAll("input.amount")];
const total = document.querySelector("[data-total]");
const show = () => {
  const cents = amounts.reduce((sum, field) => sum + Math.round(100 * (Number(field.value) || 0)), 0);
  total.value = (cents / 100).toLocaleString("en-US", { style: "currency", currency: "USD" });
};
if (total) amounts.forEach((field) => field.addEventListener("input", show));
