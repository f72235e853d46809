// What a person with a keyboard alone would miss: where the focus is not seen, or cannot go. Asks for a key that has
// been pressed before, because only then do browsers draw the ring (`:focus-visible`). `seen`: what `seen.js` gives.
({ hasRing, isSeen }) => {
  const REACHED = "a[href], button, input, select, textarea, summary, [tabindex]";
  const top = document.querySelector("dialog:modal") ?? document;
  const parts = [...top.querySelectorAll(REACHED)].filter(
    (part) => part.tabIndex >= 0 && !part.matches(":disabled") && part.checkVisibility({ visibilityProperty: true }),
  );
  const faultOf = (part) => {
    if (part.tabIndex > 0) return "is out of order";
    part.focus();
    if (document.activeElement !== part) return "takes no focus";
    if (!hasRing(part)) return "has no ring";
    return isSeen(part) ? "" : "is behind something, or beside the window";
  };
  const faults = parts.map((part) => [faultOf(part), part.outerHTML.slice(0, 160)]).filter(([fault]) => fault);
  document.activeElement?.blur();
  scrollTo(0, 0);
  return [parts.length, faults.map((fault) => fault.join(": "))];
}
