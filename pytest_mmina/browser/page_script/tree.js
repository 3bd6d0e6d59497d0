// The walk: one pass over the document and its inner documents builds the tree from which all formats are rendered.
// What is left out or merged follows Playwright's snapshots, so that an agent reads the same page either way.

// The name of a row or cell would only repeat its content, and computing it would cost more than the rest of the walk.
const NAMED_BY_TEXT_ALONE = words("row cell");
const LONGEST_NAME = 900;

class Shown {
  constructor(role, facts) {
    this.role = role;
    this.element = facts.element;
    this.tag = facts.tag;
    this.name = "";
    this.states = [];
    this.children = [];
    this.isFilled = false;
    this.reachable = false; // a pointer can reach it, so it gets a reference
    this.number = 0;
    this.pointer = false;
    this.isMarkedHidden = false;
    this.url = undefined;
    this.placeholder = undefined;
    this.isForeign = false;
  }
}

// What a walk knows about the current document. `frame` is the element that shows the document.
class Scope {
  constructor(inner, frame, { left = 0, top = 0 } = {}) {
    this.document = inner;
    this.frame = frame;
    this.left = left;
    this.top = top;
    this.active = documentHasFocus.call(inner) ? activeElementOf(inner) : null;
    this.visited = survey(inner).owns ? new Set() : null;
    this.decorates = survey(inner).decorates;
  }
}

// The position in the page at which the document of a frame begins.
function placeOf(frame) {
  let left = 0, top = 0;
  for (let element = frame; element; element = frameElementOf(element)) {
    const box = getBoundingClientRect.call(element);
    left += box.left + element.clientLeft;
    top += box.top + element.clientTop;
    if (documentOf(element) === document) break;
  }
  return [Math.round(left), Math.round(top)];
}

function innerScope(frame, inner, scope) {
  const box = getBoundingClientRect.call(frame);
  return new Scope(inner, frame, { left: scope.left + box.left + frame.clientLeft, top: scope.top + box.top + frame.clientTop });
}

// `view` is the part of the page to read, or null for all of it.
function buildTree(view) {
  const root = { role: "fragment", name: "", children: [], isFilled: false };
  const body = bodyOf(document);
  if (body) visitElement(body, null, root, false, new Scope(document, null), view);
  mergeTexts(root);
  return root;
}

function visitElement(element, around, parent, isInPointer, scope, view) {
  if (scope.visited) {
    if (scope.visited.has(element)) return;
    scope.visited.add(element);
  }
  const facts = factsOf(element);
  const { tag, display } = facts;
  if (display === "none" || IGNORED.has(tag)) return;
  // `around` is a parent that shows all its children. Only that parent or the element itself can exclude the element.
  if (around !== null && facts._excluded === undefined) facts._excluded = around.excluded || facts.isMarkedHidden;
  const isShown = !facts.hidden || isPainted(facts);
  const node = isShown ? shownNode(facts, scope) : null;
  const into = node ?? parent;
  const box = view === null ? null : getBoundingClientRect.call(element);
  const inView = view === null || tag === "option" || tag === "optgroup" || overlaps(box, scope, view);
  const isBlock = display !== "inline" || tag === "br";
  if (isBlock) into.children.push(" ");
  if (node !== null && contentDocumentOf[tag]) visitFrame(node, scope, view);
  else visitContent(facts, into, isShown && inView, isInPointer || (node !== null && node.pointer), scope, view);
  if (isBlock) into.children.push(" ");
  if (node === null) return;
  mergeTexts(node);
  if (inView || node.children.length) settleNode(node, parent, isInPointer);
}

// Whether an element that is hidden from the accessibility tree can still be seen.
function isPainted(facts) {
  if (facts.display === "contents") return hasShownContent(facts.element);
  return facts.rendered && !isExcludedByPlace(facts) && hasArea(facts.element);
}

function isExcludedByPlace({ element }) {
  const parent = parentAcrossShadow(element);
  return parent !== null && (isLeftOut(element, parent) || isExcludedByPlace(factsOf(parent)));
}

function hasArea(element) {
  const { width, height } = getBoundingClientRect.call(element);
  return width > 0 && height > 0;
}

const overlaps = (box, scope, view) =>
  box.bottom + scope.top > view.top && box.top + scope.top < view.bottom &&
  box.right + scope.left > view.left && box.left + scope.left < view.right;

function shownNode(facts, scope) {
  const { element, tag, attributed, style } = facts;
  const role = facts.role || "generic";
  if (role === "presentation" || role === "none") return null;
  if (role === "generic" && facts.display === "inline" && hasOnlyText(element)) return null;
  const node = new Shown(role, facts);
  if (!NAMED_BY_TEXT_ALONE.has(role) || (attributed && isNamedExplicitly(element))) node.name = facts.name;
  node.reachable = style.pointerEvents !== "none" && facts.display !== "contents";
  node.pointer = node.reachable && style.cursor === "pointer";
  node.states = statesOf(element, tag, role, attributed, scope.active === element);
  const value = valueOf(element, tag);
  if (value !== undefined) node.children.push(value);
  if (!attributed) return node;
  node.isMarkedHidden = facts.isMarkedHidden;
  if (role === "link" && has(element, "href")) node.url = attribute(element, "href").replace(/^(data:[^,]*,).*/s, "$1…");
  if (role === "textbox") {
    const placeholder = attribute(element, "placeholder");
    if (placeholder !== null && placeholder !== node.name) node.placeholder = placeholder;
  }
  return node;
}

function hasOnlyText(element) {
  const child = firstChild(element);
  return child !== null && nodeType(child) === TEXT && nextSibling(child) === null;
}

function visitContent(facts, into, isShown, isInPointer, scope, view) {
  const { element, tag } = facts;
  if (STAND_IN.has(tag)) return;
  const shadow = shadowRootOf(element);
  const isDressed = scope.decorates;
  if (isDressed) addText(into, pseudoText(element, "::before"));
  const isTextShown = isShown && !(tag === "details" && !has(element, "open"));
  const assigned = tag === "slot" ? element.assignedNodes() : NONE;
  const around = shadow || assigned.length || tag === "details" ? null : facts;
  const visit = node => {
    const type = nodeType(node);
    if (type === ELEMENT) visitElement(node, around, into, isInPointer, scope, view);
    else if (type === TEXT && isTextShown) into.children.push(nodeValue(node));
  };
  // The children of a shadow host are shown where they are slotted.
  if (assigned.length) for (const node of assigned) visit(node);
  else if (isLeaf(element, shadow)) addText(into, isTextShown && textContent(element));
  else for (let node = firstChild(shadow ?? element); node; node = nextSibling(node)) visit(node);
  if (scope.visited && has(element, "aria-owns"))
    for (const owned of elementsNamedBy(element, "aria-owns")) visitElement(owned, null, into, isInPointer, scope, view);
  if (isDressed) addText(into, pseudoText(element, "::after"));
}

const addText = (into, text) => text && into.children.push(text);

// A document of the same origin is part of this walk. One of another origin has to be walked in its own process.
function visitFrame(node, scope, view) {
  const { element, tag } = node;
  const inner = contentDocumentOf[tag](element);
  node.isForeign = inner === null;
  const body = inner && bodyOf(inner);
  if (!body) return;
  visitElement(body, null, node, false, innerScope(element, inner, scope), view);
}

function mergeTexts(node) {
  const merged = [];
  let text = "";
  for (const child of node.children) {
    if (typeof child === "string") {
      text += child;
      continue;
    }
    addText({ children: merged }, text && flat(text));
    text = "";
    merged.push(child);
  }
  addText({ children: merged }, text && flat(text));
  node.isFilled = merged.length > 0;
  if (merged.length === 1 && typeof merged[0] === "string") {
    if (NAMED_BY_TEXT_ALONE.has(node.role) && !node.name && merged[0].length <= LONGEST_NAME) node.name = merged[0];
    if (merged[0] === node.name && node.name.length <= LONGEST_NAME) merged.length = 0;
  }
  node.children = merged;
}

// Adds a finished node to its parent, only its children if it is a mere wrapper, or nothing if it adds nothing.
function settleNode(node, parent, isInPointer) {
  const { role, name, children } = node;
  // A node with content has an area. Only empty nodes have to be measured, and options, whose list may be closed.
  if (node.reachable && (!node.isFilled || node.tag === "option") && !hasArea(node.element)) node.reachable = node.pointer = false;
  const isTarget = node.reachable && node.pointer && !isInPointer;
  if (role === "img" && !name && !children.length && !isTarget) return;
  if (role === "generic") {
    const hasOwn = node.url !== undefined || node.placeholder !== undefined || node.isMarkedHidden;
    const [only] = children;
    if (children.length === 1 && !hasOwn && typeof only !== "string" && isPlainText(only)) node.children = [only.children[0]];
    const isActive = node.states.length > 0;
    const text = node.children.length === 1 && typeof node.children[0] === "string" ? node.children[0] : name;
    if (parent.name && text === parent.name && !isActive && !hasOwn && node.children.length <= 1) return;
    const isWrapper = !name && node.children.length <= 1 && node.children.every(child => typeof child !== "string" && child.reachable);
    if (isWrapper && !(node.children.length === 0 && isTarget)) {
      parent.children.push(...node.children);
      return;
    }
  }
  parent.children.push(node);
}

const isPlainText = node =>
  node.role === "generic" && !node.name && node.states.length === 0 && !node.isMarkedHidden &&
  node.children.length === 1 && typeof node.children[0] === "string";

// Numbers the remaining nodes in the order of the page. A span is [first number, whether it is in an inner document]. A
// frame is [number, left, top] of a document that has to be walked separately.
function numberNodes(root, next) {
  const spans = [], frames = [], first = next;
  shown = new Map();
  let last = null;
  const visit = (node, isInner) => {
    for (const child of node.children) {
      if (typeof child === "string") continue;
      if (child.reachable) {
        let number = numbers.get(child.element);
        // Numbers from `first` on belong to a walk whose result was discarded, so they can be used again.
        if (number === undefined || number >= first) {
          number = next++;
          numbers.set(child.element, number);
          if (last !== isInner) spans.push([number, (last = isInner)]);
        }
        child.number = number;
        shown.set(number, child.element);
        if (child.isForeign) frames.push([number, ...placeOf(child.element)]);
      }
      visit(child, isInner || (child.role === "iframe" && !child.isForeign && child.children.length > 0));
    }
  };
  visit(root, false);
  return { next, spans, frames };
}
