// Access to the DOM that a page cannot override. Forms and documents expose their named elements as properties
// (<input name="parentNode">), also in isolated worlds, so properties are read with the getters of the prototypes.

const reader = (type, name) => {
  const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
  return node => get.call(node);
};

const firstChild = reader(Node, "firstChild");
const nextSibling = reader(Node, "nextSibling");
const parentNode = reader(Node, "parentNode");
const nodeType = reader(Node, "nodeType");
const nodeValue = reader(Node, "nodeValue");
const textContent = reader(Node, "textContent");
const ownerDocument = reader(Node, "ownerDocument");
const isConnected = reader(Node, "isConnected");
const localName = reader(Element, "localName");
const namespaceOf = reader(Element, "namespaceURI");
const shadowRootOf = reader(Element, "shadowRoot");
const slotOfElement = reader(Element, "assignedSlot");
const firstElementChild = reader(Element, "firstElementChild");
const nextElementSibling = reader(Element, "nextElementSibling");
const previousElementSibling = reader(Element, "previousElementSibling");
const bodyOf = reader(Document, "body");
const titleOf = reader(Document, "title");
const rootElementOf = reader(Document, "documentElement");
const viewOf = reader(Document, "defaultView");
const activeElementOf = reader(Document, "activeElement");
const { getRootNode } = Node.prototype;
const { getAttribute, hasAttribute, hasAttributes, closest, matches, getBoundingClientRect, checkVisibility } =
  Element.prototype;
const elementQueryAll = Element.prototype.querySelectorAll;
const documentQueryAll = Document.prototype.querySelectorAll;
const fragmentQueryAll = DocumentFragment.prototype.querySelectorAll;
const readyStateOf = reader(Document, "readyState");
const { getAnimations, elementFromPoint } = Document.prototype;
const { dispatchEvent } = EventTarget.prototype;
const documentHasFocus = Document.prototype.hasFocus;

const contentDocumentOf = { iframe: reader(HTMLIFrameElement, "contentDocument"), frame: reader(HTMLFrameElement, "contentDocument") };

const XHTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";
const ELEMENT = 1, TEXT = 3, DOCUMENT = 9, FRAGMENT = 11;

const attribute = (element, name) => getAttribute.call(element, name);
const has = (element, name) => hasAttribute.call(element, name);
const ancestorMatching = (element, selector) => closest.call(element, selector);

// The text of an element without child elements is read from the element: wrapping its text node would cost more.
const isLeaf = (element, shadow) => shadow === null && firstElementChild(element) === null;

function parentAcrossShadow(element) {
  const parent = parentNode(element);
  if (!parent) return null;
  const type = nodeType(parent);
  return type === ELEMENT ? parent : type === FRAGMENT ? parent.host ?? null : null;
}

function ancestorAcrossShadow(element, selector) {
  for (let start = element; start; ) {
    const found = ancestorMatching(start, selector);
    if (found) return found;
    let top = start;
    for (let parent = parentNode(top); parent && nodeType(parent) === ELEMENT; parent = parentNode(top)) top = parent;
    start = parentAcrossShadow(top);
  }
  return null;
}

// The document or shadow root that an element is in, or null if it is in neither.
function rootOf(element) {
  const root = getRootNode.call(element);
  const type = nodeType(root);
  return type === DOCUMENT || type === FRAGMENT ? root : null;
}

function allMatching(root, selector) {
  const type = nodeType(root);
  const query = type === DOCUMENT ? documentQueryAll : type === FRAGMENT ? fragmentQueryAll : elementQueryAll;
  return query.call(root, selector);
}

// The elements that an attribute such as aria-labelledby refers to, in its order.
function elementsNamedBy(element, name) {
  const value = attribute(element, name);
  if (!value) return [];
  const root = rootOf(element);
  const found = [];
  for (const id of root ? value.split(/[ \t\n\f\r]+/) : []) {
    const named = id && allMatching(root, `#${CSS.escape(id)}`)[0];
    if (named && !found.includes(named)) found.push(named);
  }
  return found;
}
