// One observation: everything that is asked for at once, from one walk.

const renderings = { aria: renderAria };

function observe(request) {
  try {
    const view = request.viewport
      ? { left: 0, top: 0, right: document.defaultView.innerWidth, bottom: document.defaultView.innerHeight }
      : null;
    const tree = buildTree(view);
    const { next, spans } = numberNodes(tree, request.next);
    const texts = {};
    for (const format of request.formats) texts[format] = renderings[format](tree);
    return { title: titleOf(document), next, spans, texts, found: request.selectors.map(textsOf) };
  } finally {
    known = new Map();
    decorated = new Map();
  }
}

// What checks read: the texts of all that matches a selector, or the message of the error that it is.
function textsOf(selector) {
  try {
    return [...documentQueryAll.call(document, selector)].map(readText);
  } catch (error) {
    return String(error.message);
  }
}

const FIELDS = words("input textarea select");
const readText = element => (FIELDS.has(localName(element)) ? element.value : element.innerText ?? textContent(element));
