// Why an element cannot be acted on, as a message for the agent, or "" if nothing visible prevents it.

const getClientRects = Element.prototype.getClientRects;
const documentElementFromPoint = Document.prototype.elementFromPoint;
const shadowElementFromPoint = ShadowRoot.prototype.elementFromPoint;
const MODAL = "dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true i]";
const SAYING_LITTLE = new Set(["", "generic", "none", "presentation", "paragraph", "group", "document"]);

function why({ kind, values }, element) {
  try {
    return obstacleTo(kind, values, element);
  } finally {
    known = new Map();
    surveyed = new Map();
  }
}

// The point where the mouse can act at once, or "" if that is not certain. Playwright would watch the element for two
// frames to see whether it moves.
function ready({ kind }, element) {
  if (documentOf(element) !== document || window.top !== window || !isStill()) return "";
  const [box, ...others] = getClientRects.call(element);
  const { clientWidth, clientHeight } = rootElementOf(document);
  if (!box || others.length || box.left < 0 || box.top < 0 || box.right > clientWidth || box.bottom > clientHeight) return "";
  if (why({ kind, values: [] }, element)) return "";
  return JSON.stringify([box.left + box.width / 2, box.top + box.height / 2]);
}

function obstacleTo(kind, values, element) {
  const tag = localName(element);
  if (kind === "upload" && tag === "input" && element.type === "file") return "";
  if (isDisabled(element, factsOf(element).role)) return "is disabled";
  if (ancestorAcrossShadow(element, "[inert]")) return `cannot be used now${modalHint(element, ": ")}`;
  if (!factsOf(element).rendered || !visibleBox(element)) return "is not visible";
  if ((kind === "type" || kind === "clear") && (has(element, "readonly") || lower(element, "aria-readonly") === "true"))
    return "is read-only";
  if (kind === "select" || (kind === "type" && tag === "select")) {
    if (tag !== "select") return "is no list of options";
    return missingOption(element, values);
  }
  if (kind === "type" || kind === "clear" || kind === "focus") return "";
  return cover(element);
}

const visibleBox = element => [...getClientRects.call(element)].find(({ width, height }) => width > 0 && height > 0);

function missingOption(list, values) {
  const options = [...list.options];
  const isOne = (option, value) => option.value === value || flat(option.label) === flat(value);
  const missing = values.find(value => !options.some(option => isOne(option, value)));
  if (missing !== undefined) {
    const labels = options.map(option => `'${flat(option.label)}'`);
    return `has no option '${missing}'; it has ${labels.slice(0, 20).join(", ")}${labels.length > 20 ? ", …" : ""}`;
  }
  const closed = values.find(value => options.some(option => isOne(option, value) && isNativelyDisabled(option)));
  if (closed !== undefined) return `has an option '${closed}', which is disabled`;
  return values.length > 1 && !list.multiple ? "takes one option only" : "";
}

// What covers the middle of an element, in its document and in the documents of the same origin around it.
function cover(element) {
  let { left, top, width, height } = visibleBox(element);
  let x = left + width / 2, y = top + height / 2;
  for (let inside = element; ; ) {
    const hit = deepestAt(documentOf(inside), x, y);
    if (!hit) return "lies where the page cannot be scrolled to";
    if (!belongsTo(hit, inside)) return `is covered by ${describe(hit)}${modalHint(hit, "; open is ")}`;
    const frame = viewOf(documentOf(inside)).frameElement;
    if (!frame) return "";
    ({ left, top } = getBoundingClientRect.call(frame));
    x += left + frame.clientLeft;
    y += top + frame.clientTop;
    inside = frame;
  }
}

function deepestAt(root, x, y) {
  let hit = documentElementFromPoint.call(root, x, y);
  for (let inner = hit && shadowRootOf(hit); inner; inner = shadowRootOf(hit)) {
    const deeper = shadowElementFromPoint.call(inner, x, y);
    if (!deeper || deeper === hit) break;
    hit = deeper;
  }
  return hit;
}

function belongsTo(hit, element) {
  for (let node = hit; node; node = parentAcrossShadow(node)) {
    if (node === element || (localName(node) === "label" && node.control === element)) return true;
  }
  return false;
}

function describe(element) {
  for (let node = element; node; node = parentAcrossShadow(node)) {
    const { role, name } = factsOf(node);
    if (role === "dialog" || role === "alertdialog" || (!SAYING_LITTLE.has(role) && name && node !== rootElementOf(documentOf(node))))
      return `${role} '${cut(name)}'`;
  }
  const { role } = factsOf(element);
  const text = flat(textContent(element));
  return `${role || "generic"} ${text ? `with the text '${cut(text)}'` : `<${localName(element)}${place(element)}>`}`;
}

const place = element => (attribute(element, "id") ? ` id="${cut(attribute(element, "id"))}"` : attribute(element, "class") ? ` class="${cut(attribute(element, "class"))}"` : "");
const cut = text => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

// A backdrop has no name, so the message names the dialog that it belongs to.
function modalHint(element, before) {
  const modal = [...documentQueryAll.call(documentOf(element), MODAL)].find(
    candidate => factsOf(candidate).rendered && visibleBox(candidate) && !candidate.contains(element)
  );
  if (!modal) return "";
  const { role, name } = factsOf(modal);
  return `${before}${role || "dialog"} '${cut(name)}'`;
}
