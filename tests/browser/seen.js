// Whether what has the focus is seen: its ring, and some place of it.
(() => {
  const RING = 3; // CSS pixels
  const CONTRAST = 3; // of the ring with the ground around it, as WCAG 2.2 asks
  const shares = [0.5, 0.05, 0.95];
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  // Red, green, and blue, when the colors are laid over each other.
  const mixed = (colors) => {
    pen.fillStyle = "#fff";
    for (const color of ["#fff", ...colors]) {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
    }
    return pen.getImageData(0, 0, 1, 1).data;
  };
  const light = (color) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
      const share = color[at] / 255;
      return sum + weight * (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
    }, 0.05);
  // The ring is drawn beside the part, and inside it if its distance is negative.
  const groundOf = (part, isInside) => {
    const grounds = [];
    for (let at = isInside ? part : part.parentElement; at; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor);
    return grounds;
  };
  const hasRing = (part) => {
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(part);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < RING) return false;
    const ground = groundOf(part, parseFloat(outlineOffset) < 0);
    const [dark, bright] = [light(mixed(ground)), light(mixed([...ground, outlineColor]))].sort((a, b) => a - b);
    return bright / dark >= CONTRAST;
  };
  const isOf = (part, there) => part.contains(there) || [...(part.labels ?? [])].some((label) => label.contains(there));
  // Some place of the part is in the window, and nothing is in front of it.
  const isSeen = (part) =>
    part.checkVisibility({ opacityProperty: true }) &&
    [...part.getClientRects()].some((box) => {
      const [left, up] = [Math.max(box.left, 0), Math.max(box.top, 0)];
      const wide = Math.min(box.right, innerWidth) - left;
      const high = Math.min(box.bottom, innerHeight) - up;
      if (wide <= 0 || high <= 0) return false;
      return shares.some((x) =>
        shares.some((y) => {
          const there = document.elementFromPoint(left + wide * x, up + high * y);
          return there && isOf(part, there);
        }),
      );
    });
  return { hasRing, isSeen };
})()
