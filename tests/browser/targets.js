// Whether any target can have too little room: smaller than WCAG's 24 px, or with another one on it. Where none
// can, axe's rule about targets passes, for which it measures everything on the page (tests/browser/looks.py).
() => {
  const LEAST = 24; // CSS pixels
  // Of other parts axe asks no size, such as a part that can be scrolled, or `summary`.
  const WIDGETS = "a[href], button, select, textarea, input, [role][tabindex]:not([role=region], [role=group])";
  const targets = [...document.querySelectorAll(WIDGETS)].filter((part) => part.checkVisibility());
  const boxes = targets.map((target) => target.getBoundingClientRect());
  const isOn = (one, other) => {
    const isBeside = one.left >= other.right || one.right <= other.left;
    return one !== other && !isBeside && one.top < other.bottom && one.bottom > other.top;
  };
  return boxes.some(
    (box) => box.width < LEAST || box.height < LEAST || boxes.some((other) => isOn(box, other)),
  );
}
