// The words on a page that are written without an accent, and so did not go through translation, but
// for data and for what is marked as of another language (tests/journeys/pages/third_language.py).
(data) => {
  const known = new Set(data);
  const found = new Set();
  const language = document.documentElement.lang;
  const isForeign = (part) => part.closest("[lang]").lang !== language || part.closest("[translate=no]");
  const look = (words, part) => {
    if (isForeign(part)) return;
    for (const word of (words ?? "").replace(/\S+@\S+/g, "").match(/[A-Za-z][A-Za-z']+/g) ?? []) {
      if (!known.has(word.toLowerCase())) found.add(`${word} (${words.trim().slice(0, 60)})`);
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const part = walker.currentNode.parentElement;
    if (!part.closest("script, style")) look(walker.currentNode.data, part);
  }
  for (const part of document.querySelectorAll("body *")) {
    for (const name of ["aria-label", "alt", "placeholder", "title"]) look(part.getAttribute(name), part);
  }
  look(document.title, document.documentElement);
  look(document.querySelector("meta[name=description]")?.content, document.documentElement);
  return [...found];
}
