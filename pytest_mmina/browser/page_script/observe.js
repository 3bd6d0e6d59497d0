// One observation: everything that was requested, from a single walk.

const renderings = { aria: renderAria, webarena: renderWebArena, html: renderHtml };

function observe(request) {
  if (request.heard) tellHeard(documentsIn(document));
  const reason = request.onlyAtRest ? unrest() : "";
  if (reason) return reason;
  const { selectors, formats } = request;
  const head = { title: titleOf(document), next: request.next, spans: [], frames: [], found: [], texts: [], marks: [] };
  if (selectors.length) head.found = foundBy(selectors);
  const texts = formats.length || request.marks ? render(request, head) : [];
  return JSON.stringify(head) + "\n" + texts.join("");
}

// Returns plain texts, because encoding them as JSON would double the work. The head holds the length of each piece.
function render(request, head) {
  try {
    const view = request.viewport
      ? { left: 0, top: 0, right: rootElementOf(document).clientWidth, bottom: rootElementOf(document).clientHeight }
      : null;
    const tree = buildTree(view);
    Object.assign(head, numberNodes(tree, request.next));
    const texts = [];
    for (const format of request.formats) {
      const pieces = renderings[format](tree, view);
      head.texts.push(pieces.map(piece => (typeof piece === "string" ? characters(piece) : piece)));
      texts.push(...pieces.filter(piece => typeof piece === "string"));
    }
    if (request.marks) head.marks = marksOf(tree);
    return texts;
  } finally {
    known = new Map();
    surveyed = new Map();
  }
}

// Lengths in code points, as Python counts them.
const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;
const characters = text => text.length - (text.match(PAIRS)?.length ?? 0);

// What checks read: for each selector the texts of all matches, here and in inner documents of the same origin, or the
// error message if the selector is invalid.
function foundBy(selectors) {
  const documents = documentsIn(document);
  return selectors.map(selector => {
    try {
      return documents.flatMap(inner => [...documentQueryAll.call(inner, selector)].map(readText));
    } catch (error) {
      return String(error.message);
    }
  });
}

const FIELDS = words("input textarea select");
const readText = element => (FIELDS.has(localName(element)) ? element.value : element.innerText ?? textContent(element));
