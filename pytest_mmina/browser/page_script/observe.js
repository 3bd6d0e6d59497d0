// One observation: everything that is asked for at once, from one walk.

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

// Gives the texts as they are; the head says how many characters belong to each, since JSON would double the work.
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

// As Python counts: by code points.
const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;
const characters = text => text.length - (text.match(PAIRS)?.length ?? 0);

// What checks read: the texts of all that matches a selector, here and in the documents of the same origin inside; or
// the message of the error that a selector is.
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
