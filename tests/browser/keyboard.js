// What a person with a keyboard alone would miss: where the focus is not seen, or cannot go. Asks for a key that has
// been pressed before, because only then do browsers draw the ring (`:focus-visible`).
() => {
  const REACHED = "a[href], button, input, select, textarea, summary, [tabindex]";
  const RING = 3; // CSS pixels
  const top = document.querySelector("dialog:modal") ?? document;
  const parts = [...top.querySelectorAll(REACHED)].filter(
    (part) => part.tabIndex >= 0 && !part.matches(":disabled") && part.checkVisibility({ visibilityProperty: true }),
  );
  const shares = [0.5, 0.05, 0.95];
  // Some place of the part is in the window, and nothing is in front of it.
  const isSeen = (part) =>
    [...part.getClientRects()].some((box) => {
      const [left, up] = [Math.max(box.left, 0), Math.max(box.top, 0)];
      const wide = Math.min(box.right, innerWidth) - left;
      const high = Math.min(box.bottom, innerHeight) - up;
      if (wide <= 0 || high <= 0) return false;
      return shares.some((x) =>
        shares.some((y) => {
          const there = document.elementFromPoint(left + wide * x, up + high * y);
          return there && (part.contains(there) || there.contains(part));
        }),
      );
    });
  const faultOf = (part) => {
    if (part.tabIndex > 0) return "is out of order";
    part.focus();
    if (document.activeElement !== part) return "takes no focus";
    const { outlineStyle, outlineWidth } = getComputedStyle(part);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < RING) return "has no ring";
    return isSeen(part) ? "" : "is behind something, or beside the window";
  };
  const faults = parts.map((part) => [faultOf(part), part.outerHTML.slice(0, 160)]).filter(([fault]) => fault);
  document.activeElement?.blur();
  scrollTo(0, 0);
  return [parts.length, faults.map((fault) => fault.join(": "))];
}
