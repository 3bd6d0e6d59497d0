// A number for each element that the agent has seen. The numbers are kept in this world, which the page cannot see.

const STALE = "stale: the page has changed since it was seen";
const numbers = new WeakMap();
let shown = new Map();

function elementOf(number) {
  const element = shown.get(number);
  if (!element || !isConnected(element)) throw new Error(STALE);
  return element;
}

const documentOf = element => ownerDocument(element);
const frameElementOf = element => viewOf(documentOf(element))?.frameElement;

// Steps from the root of a document down to an element: how many siblings precede it, or "s" for a shadow root.
function pathTo(element) {
  const steps = [];
  for (let node = element; ; ) {
    const parent = parentNode(node);
    if (!parent || nodeType(parent) === DOCUMENT) break;
    let before = 0;
    for (let sibling = previousElementSibling(node); sibling; sibling = previousElementSibling(sibling)) before++;
    steps.unshift(before);
    if (nodeType(parent) === FRAGMENT) {
      steps.unshift("s");
      node = parent.host;
    } else {
      node = parent;
    }
  }
  return `/${steps.join("/")}`;
}

function elementAt(path) {
  let node = rootElementOf(document);
  for (const step of path.split("/").slice(1)) {
    if (!node || step === "") break;
    if (step === "s") {
      node = shadowRootOf(node);
      continue;
    }
    node = nodeType(node) === FRAGMENT ? node.firstElementChild : firstElementChild(node);
    for (let left = Number(step); left > 0 && node; left--) node = nextElementSibling(node);
  }
  if (!node) throw new Error(STALE);
  return node;
}

// The way from this document to an element: a path to each frame, then to the element, each within its own document.
function wayTo(number) {
  const way = [];
  let element = elementOf(number);
  while (documentOf(element) !== document) {
    way.unshift(pathTo(element));
    element = frameElementOf(element);
    if (!element || !isConnected(element)) throw new Error(STALE);
  }
  return [pathTo(element), ...way];
}
