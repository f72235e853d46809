// The accounts selected in a long list: their sum, all of a page at once, and those of other pages,
// which this window keeps until they are paid, or portal.js finds that somebody has signed out.
// Without this script, boxes and a button do it.

const form = document.querySelector("[data-selection]");

if (form) {
  const key = `selected:${document.querySelector("[data-session]")?.dataset.whose}`;
  const boxes = [...form.querySelectorAll("tbody input[name=account]")];
  const sum = form.querySelector("[data-sum]");
  const all = form.querySelector("[data-select-page]");
  const bar = form.querySelector("[data-bar]");
  const clear = form.querySelector("[data-clear]");
  const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  const chosen = new Map(JSON.parse(sessionStorage.getItem(key) ?? "[]"));

  // What the server has selected on other pages stands in hidden fields.
  for (const field of form.querySelectorAll("input[type=hidden][name=account]")) {
    chosen.set(field.value, Number(field.dataset.cents));
    field.remove();
  }

  function show() {
    let cents = 0;
    for (const owed of chosen.values()) cents += Math.max(owed, 0);
    const dollars = money.format(cents / 100);
    const over = chosen.size > Number(form.dataset.most);
    const several = over ? sum.dataset.over : sum.dataset.many;
    const words = chosen.size === 1 ? sum.dataset.one : several;
    bar.querySelector("button").disabled = over;
    sum.textContent = chosen.size
      ? words
          .replace("{number}", chosen.size.toLocaleString("en-US"))
          .replace("{sum}", dollars)
          .replace("{most}", form.dataset.most)
      : "";
    clear.hidden = !chosen.size;
    bar.classList.toggle("bar-on", chosen.size > 0);
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked === boxes.length;
    all.indeterminate = checked > 0 && !all.checked;
    sessionStorage.setItem(key, JSON.stringify([...chosen]));
  }

  function note(box) {
    if (box.checked) chosen.set(box.value, Number(box.dataset.cents));
    else chosen.delete(box.value);
  }

  for (const box of boxes) {
    if (chosen.has(box.value)) box.checked = true;
    if (box.checked) note(box);
  }
  all.hidden = false;
  form.addEventListener("change", ({ target }) => {
    const changed = target === all ? boxes : [target];
    for (const box of changed) {
      if (target === all) box.checked = all.checked;
      note(box);
    }
    show();
  });
  clear.addEventListener("click", (event) => {
    event.preventDefault();
    for (const box of boxes) box.checked = false;
    chosen.clear();
    show();
    boxes[0].focus();
  });
  form.addEventListener("submit", () => {
    const here = new Set(boxes.map((box) => box.value));
    for (const [value] of chosen) {
      if (here.has(value)) continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "account";
      field.value = value;
      form.append(field);
    }
    sessionStorage.removeItem(key);
  });
  show();
}
