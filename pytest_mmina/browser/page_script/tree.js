// The walk: one pass over the document and the documents in it makes the tree that every format is a rendering of. What
// is left out and what is merged follows Playwright's snapshots, so that an agent reads the same page either way.

// Their content says the same; naming each row and cell by it would cost more than the rest of the walk.
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
    this.reachable = false; // by a pointer: it gets a reference
    this.number = 0;
    this.pointer = false;
    this.box = null;
    this.isMarkedHidden = false;
    this.url = undefined;
    this.placeholder = undefined;
    this.isForeign = false;
  }
}

// What a walk knows of the document that it is in; `frame` is the element that shows the document.
class Scope {
  constructor(inner, frame, { left = 0, top = 0 } = {}) {
    this.document = inner;
    this.frame = frame;
    this.left = left;
    this.top = top;
    this.active = documentHasFocus.call(inner) ? activeElementOf(inner) : null;
    this.visited = documentQueryAll.call(inner, "[aria-owns]").length ? new Set() : null;
  }
}

const normalise = text => text.replace(/[\u200b\u00ad]/g, "").replace(/\s+/g, " ").trim();

// `view` is the part of the page to look at, or null for all of it.
function buildTree(view) {
  const root = { role: "fragment", name: "", children: [] };
  const body = bodyOf(document);
  if (body) visitElement(body, root, true, false, new Scope(document, null), view);
  mergeTexts(root);
  return root;
}

function visitElement(element, parent, isParentShown, isInPointer, scope, view) {
  if (scope.visited) {
    if (scope.visited.has(element)) return;
    scope.visited.add(element);
  }
  const facts = factsOf(element);
  const { tag, display } = facts;
  if (IGNORED.has(tag) || (display === "none" && !facts._rendered && tag !== "option")) return;
  const box = getBoundingClientRect.call(element);
  const isShown = !facts.hidden || isPainted(facts, box);
  const node = isShown ? shownNode(facts, box, scope) : null;
  const into = node ?? parent;
  if (node?.reachable && facts.style.cursor === "pointer") node.pointer = true;
  const isBlock = display !== "inline" || tag === "br";
  if (isBlock) into.children.push(" ");
  const inView = view === null || overlaps(box, scope, view);
  if (node !== null && contentDocumentOf[tag]) visitFrame(node, box, scope, view);
  else visitContent(element, facts, into, isShown && inView, isInPointer || node?.pointer, scope, view);
  if (isBlock) into.children.push(" ");
  if (node === null) return;
  mergeTexts(node);
  if (inView || node.children.length) settleNode(node, parent, isInPointer);
}

function isPainted(facts, box) {
  if (facts.display === "contents") return hasShownContent(facts.element);
  return facts.rendered && box.width > 0 && box.height > 0;
}

const overlaps = (box, scope, view) =>
  box.bottom + scope.top > view.top && box.top + scope.top < view.bottom &&
  box.right + scope.left > view.left && box.left + scope.left < view.right;

function shownNode(facts, box, scope) {
  const { element, tag, attributed } = facts;
  const role = facts.role || "generic";
  if (role === "presentation" || role === "none") return null;
  if (role === "generic" && facts.display === "inline" && hasOnlyText(element)) return null;
  const node = new Shown(role, facts);
  if (!NAMED_BY_TEXT_ALONE.has(role) || (attributed && isNamedExplicitly(element))) node.name = facts.name;
  node.box = box;
  node.reachable = box.width > 0 && box.height > 0 && facts.style.pointerEvents !== "none";
  node.states = statesOf(element, tag, role, attributed, scope.active === element);
  const value = valueOf(element, tag);
  if (value !== undefined) node.children.push(value);
  if (!attributed) return node;
  if (lower(element, "aria-hidden") === "true") node.isMarkedHidden = true;
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

function visitContent(element, facts, into, isShown, isInPointer, scope, view) {
  const isDressed = isDecorated(rootOf(element) ?? scope.document);
  const before = isDressed ? pseudoText(element, "::before") : "";
  if (before) into.children.push(before);
  const shadow = shadowRootOf(element);
  const isClosed = facts.tag === "details" && !has(element, "open");
  const isField = into.element === element && valueOf(element, facts.tag) !== undefined;
  const visit = (node, mayBeSlotted) => {
    const type = nodeType(node);
    if (type === TEXT) {
      if (!isShown || isClosed || isField || (shadow && !slotOfText(node) && mayBeSlotted)) return;
      into.children.push(nodeValue(node));
    } else if (type === ELEMENT) {
      visitElement(node, into, isShown, isInPointer, scope, view);
    }
  };
  const assigned = facts.tag === "slot" ? element.assignedNodes() : [];
  for (const node of assigned) visit(node, false);
  if (!assigned.length)
    for (let node = firstChild(element); node; node = nextSibling(node)) if (!shadow || !isSlotted(node)) visit(node, true);
  if (shadow) for (let node = firstChild(shadow); node; node = nextSibling(node)) visit(node, false);
  if (scope.visited && has(element, "aria-owns"))
    for (const owned of elementsNamedBy(element, "aria-owns")) visit(owned, false);
  const after = isDressed ? pseudoText(element, "::after") : "";
  if (after) into.children.push(after);
}

// A document of the same origin is part of this walk; one of another has to be walked in its own process.
function visitFrame(node, box, scope, view) {
  const { element, tag } = node;
  const inner = contentDocumentOf[tag](element);
  node.isForeign = inner === null;
  const body = inner && bodyOf(inner);
  if (!body) return;
  const place = { left: scope.left + box.left + element.clientLeft, top: scope.top + box.top + element.clientTop };
  visitElement(body, node, true, false, new Scope(inner, element, place), view);
}

function mergeTexts(node) {
  const merged = [];
  let text = "";
  const flush = () => {
    const normal = text && normalise(text);
    if (normal) merged.push(normal);
    text = "";
  };
  for (const child of node.children) {
    if (typeof child === "string") {
      text += child;
    } else {
      if (text) flush();
      merged.push(child);
    }
  }
  if (text) flush();
  if (merged.length === 1 && typeof merged[0] === "string") {
    if (NAMED_BY_TEXT_ALONE.has(node.role) && !node.name && merged[0].length <= LONGEST_NAME) node.name = merged[0];
    if (merged[0] === node.name && node.name.length <= LONGEST_NAME) merged.length = 0;
  }
  node.children = merged;
}

// Put a finished node, or what is left of it, into its parent.
function settleNode(node, parent, isInPointer) {
  const { role, name, children } = node;
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

// Number what is left, in the order of the page: [first number, number of the inner frame's element or 0] a span.
function numberNodes(root, next) {
  const spans = [];
  shown = new Map();
  let last = null;
  const visit = (node, isInner) => {
    for (const child of node.children) {
      if (typeof child === "string") continue;
      if (child.reachable) {
        let number = numbers.get(child.element);
        if (number === undefined) {
          number = next++;
          numbers.set(child.element, number);
          if (last !== isInner) spans.push([number, (last = isInner)]);
        }
        child.number = number;
        shown.set(number, child.element);
      }
      visit(child, isInner || (child.role === "iframe" && !child.isForeign && child.children.length > 0));
    }
  };
  visit(root, false);
  return { next, spans };
}
