// A line for each text shown now, of all that its contrast depends on: equal for texts that look alike
// (tests/browser/contrast.py). With `asked`, some of these lines, returns what axe says of the texts that have them:
// their faults, and the lines of which it need not be asked again: it has measured enough contrast, or the
// ground has a picture, on which it measures none.
async (asked) => {
  const ALONE = "looks like no other";
  const GROUNDS = ["bgGradient", "bgImage", "imgNode"];
  const IMAGES = "img, canvas, object, iframe, video, svg";
  const FIELDS = "select, textarea, input:not([type=checkbox], [type=radio], [type=range], [type=color], [type=image])";
  // Not what only a screen reader finds, clipped away or beside the page.
  const isSeen = (part) => {
    const { width, height, right, bottom } = part.getBoundingClientRect();
    const isThere = width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0;
    const isClipped = getComputedStyle(part).clipPath === "inset(50%)";
    return isThere && !isClipped && part.checkVisibility({ visibilityProperty: true });
  };

  const ground = new Map([[null, ""]]);
  const painted = [];
  for (const part of document.querySelectorAll("*")) {
    const { backgroundColor, backgroundImage, filter, mixBlendMode, opacity, zIndex } = getComputedStyle(part);
    const color = /, 0\)$/.test(backgroundColor) ? "" : backgroundColor;
    const paint = [color, backgroundImage, filter, mixBlendMode, opacity, zIndex].join(" ");
    const isBare = paint === " none none normal 1 auto" && !part.matches(IMAGES);
    ground.set(part, ground.get(part.parentElement) + (isBare ? "" : ` on ${part.matches(IMAGES)} ${paint}`));
    if (!isBare && isSeen(part)) painted.push([part, part.getBoundingClientRect()]);
  }

  // On the ground of others than those it stands in.
  const isElsewhere = (part, text) =>
    painted.some(([other, box]) => {
      const isBeside = box.left >= text.right || box.right <= text.left;
      const isApart = isBeside || box.top >= text.bottom || box.bottom <= text.top;
      const isInside = part.contains(other) && getComputedStyle(other).position === "static";
      return !isApart && !isInside && !other.contains(part);
    });

  // In a sentence, and told from it by its color alone.
  const isOnlyColored = (part) => {
    if (!part.matches("a[href], [role=link]") || !getComputedStyle(part).display.startsWith("inline")) return false;
    let block = part.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const links = [...block.querySelectorAll("a[href], [role=link]")].map((link) => link.textContent).join("");
    const isSentence = block.textContent.replace(/\s/g, "") !== links.replace(/\s/g, "");
    return isSentence && getComputedStyle(part).textDecorationLine === getComputedStyle(block).textDecorationLine;
  };

  const lines = new Map();
  for (const part of document.body.querySelectorAll("*")) {
    const isField = part.matches(FIELDS);
    const hasWords = [...part.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const isText = isField || hasWords || part.matches("a[href], [role=link]");
    if (!isText || !isSeen(part)) continue;
    const words = document.createRange();
    words.selectNodeContents(part);
    const box = (isField ? part : words).getBoundingClientRect();
    const { color, fontSize, fontWeight, textShadow, webkitTextFillColor, webkitTextStroke } = getComputedStyle(part);
    const own = [color, webkitTextFillColor, fontSize, fontWeight, textShadow, webkitTextStroke].join(" ");
    lines.set(part, isElsewhere(part, box) || isOnlyColored(part) ? ALONE : own + ground.get(part));
  }
  if (!asked) return [...new Set(lines.values())];

  axe.addReporter("all", (results, _, done) => done(results));
  const parts = [...lines.keys()].filter((part) => asked.includes(lines.get(part)));
  const options = { runOnly: ["color-contrast", "link-in-text-block"], iframes: false, reporter: "all" };
  const results = await axe.run({ include: parts }, options);
  const faults = results.flatMap(({ id, violations }) =>
    violations.map(({ node, any }) => `${id}: ${node.source.slice(0, 160)} ${JSON.stringify(any.map(({ data }) => data))}`),
  );
  const { passes, incomplete } = results.find(({ id }) => id === "color-contrast");
  const measured = passes.filter(({ any: [{ data }] }) => data?.contrastRatio);
  const unmeasurable = incomplete.filter(({ any: [{ data }] }) => GROUNDS.includes(data?.messageKey));
  const told = [...measured, ...unmeasurable].map(({ node }) => lines.get(node.element));
  return [faults, told.filter((line) => line && line !== ALONE)];
};
