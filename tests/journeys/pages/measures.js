// What is measured on a page as it stands: returns a line for each fault (tests/journeys/pages/measures.py).
() => {
  const LEAST = 43.9; // CSS pixels, as high as a finger is wide
  // Amounts, days, and times are read at once: −$9.00, Nov 26, 2026, 26 nov 2026, 26 de noviembre, 5:34 PM.
  const WHOLE =
    /[-−]?\$[\d,]+\.\d\d|\b\p{Lu}\p{Ll}+\s\d{1,2},\s20\d\d|\b\d{1,2}\s(?:de\s\p{Ll}{3,}|\p{Ll}{3}\s20\d\d)|\b\d{1,2}:\d\d\s[AP]M|(?<![\p{L}\d.@_-])\p{L}{2,12}(?![\p{L}\d.@_-])/gu;
  const faults = [];
  const shown = (part) =>
    part.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
    !part.closest(".visually-hidden, .skip") &&
    !isForReadersOnly(part);
  // The headings of a table that is a list on a phone.
  const isForReadersOnly = (part) => {
    const head = part.closest("thead");
    return head && getComputedStyle(head).clipPath !== "none";
  };
  const name = (part) => {
    const words = (part.getAttribute("aria-label") || part.textContent || part.name || "").trim();
    return `${part.localName} “${words.replace(/\s+/g, " ").slice(0, 50)}”`;
  };

  // Targets: what is pressed is as high as a finger, with the words that belong to a box.
  const targets = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  for (const target of document.querySelectorAll(targets)) {
    if (!shown(target)) continue;
    const area = [target, ...(target.labels ?? [])].map((part) => part.getBoundingClientRect());
    const isBox = target.matches("[type=checkbox], [type=radio]");
    const counted = isBox ? area : area.slice(0, 1);
    const height = Math.max(...counted.map((box) => box.height));
    const width = Math.max(...counted.map((box) => box.width));
    if (target.localName === "a" && !standsAlone(target)) continue;
    if (height < LEAST) faults.push(`${name(target)} is ${height.toFixed(1)} px high`);
    if (width < 24) faults.push(`${name(target)} is ${width.toFixed(1)} px wide`);
  }

  // A link in a sentence is as high as its line.
  function standsAlone(link) {
    const block = link.closest("p, li, div, td, th, dd, dt, header, form, nav, h1, h2, h3") ?? document.body;
    return block.textContent.trim() === link.textContent.trim();
  }

  // Words: none leaves the window or a box that cuts it off, and none lies on others.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const parent = text.parentElement;
    if (!text.data.trim() || !shown(parent) || parent.closest("script, style, option, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width < 2) continue;
      lines.push({ box, text });
      const cut = cutter(parent, box);
      if (cut) faults.push(`“${text.data.trim().slice(0, 50)}” is cut off by ${cut}`);
    }
    for (const found of text.data.matchAll(WHOLE)) {
      range.setStart(text, found.index);
      range.setEnd(text, found.index + found[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
      const isLow = boxes.some((box) => box.top > boxes[0].top + 4);
      const width = boxes.reduce((sum, box) => sum + box.width, 0);
      if (isLow && width < innerWidth / 2) faults.push(`“${found[0]}” stands in two lines`);
    }
  }

  function cutter(parent, box) {
    for (let part = parent; part; part = part.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(part);
      if (/auto|scroll/.test(overflowX)) return "";
      if (![overflowX, overflowY].some((way) => /hidden|clip/.test(way))) continue;
      const edge = part.getBoundingClientRect();
      const isOut = box.right > edge.right + 2 || box.left < edge.left - 2;
      if (isOut || box.bottom > edge.bottom + 4) return part.localName;
    }
    return box.right > innerWidth + 1 || box.left < -1 ? "the window" : "";
  }

  const inner = ({ top, height }) => [top + height * 0.3, top + height * 0.7];
  for (let i = 0; i < lines.length; i += 1) {
    const one = lines[i];
    const [top, bottom] = inner(one.box);
    for (let j = i + 1; j < lines.length; j += 1) {
      const other = lines[j];
      if (one.text === other.text) continue;
      const [otherTop, otherBottom] = inner(other.box);
      const isBeside = one.box.right < other.box.left + 3 || other.box.right < one.box.left + 3;
      if (isBeside || bottom < otherTop || otherBottom < top || floats(one.text) !== floats(other.text)) continue;
      faults.push(`“${one.text.data.trim().slice(0, 40)}” lies on “${other.text.data.trim().slice(0, 40)}”`);
    }
  }

  // What stays in the window while the page moves is over it.
  function floats(text) {
    for (let part = text.parentElement; part; part = part.parentElement) {
      if (/fixed|sticky/.test(getComputedStyle(part).position)) return part;
    }
    return null;
  }

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} px wide`);
  return [...new Set(faults)];
}
