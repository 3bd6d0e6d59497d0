// The format `html`: the visible markup without scripts, styles and empty wrappers, with references as `ref`.

const KEPT = `id name type href src alt title placeholder role for action method colspan rowspan scope lang target
  required disabled readonly multiple open min max step pattern maxlength contenteditable`.split(/\s+/);
const VOID = words("area base br col embed hr img input link meta source track wbr");
const WRAPPERS = words("div span slot");

const escapeText = text => text.replace(/[&<>]/g, char => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]);
const escapeValue = value => escapeText(value).replaceAll('"', "&quot;");

function renderHtml(root, view) {
  const text = new Pieces();
  const body = bodyOf(document);
  if (body) writeElement(body, text, new Scope(document, null), view);
  const [first, ...rest] = text.pieces;
  return [first.replace(/^\n/, ""), ...rest];
}

function markupOf(element, tag) {
  let markup = "";
  for (const name of KEPT) {
    const value = attribute(element, name);
    if (value !== null) markup += value === "" ? ` ${name}` : ` ${name}="${escapeValue(value.replace(/^(data:[^,]*,).*/s, "$1…"))}"`;
  }
  for (const name of element.getAttributeNames?.() ?? []) if (name.startsWith("aria-") && !(tag === "svg" && name === "aria-label")) markup += ` ${name}="${escapeValue(attribute(element, name))}"`;
  if (tag === "input" && (element.type === "checkbox" || element.type === "radio") && element.checked) markup += " checked";
  if (tag === "option" && element.selected) markup += " selected";
  if (tag === "input" && element.type !== "hidden" && valueOf(element, tag)) markup += ` value="${escapeValue(valueOf(element, tag))}"`;
  return markup;
}

function writeElement(element, text, scope, view) {
  const facts = factsOf(element);
  const { tag, display } = facts;
  if (display === "none" || IGNORED.has(tag) || (tag === "input" && element.type === "hidden")) return;
  if (view !== null && tag !== "option" && !firstElementChild(element) && !overlaps(getBoundingClientRect.call(element), scope, view)) return;
  const number = numbers.get(element);
  const isShown = number !== undefined && shown.get(number) === element;
  const markup = (facts.attributed ? markupOf(element, tag) : "") + (tag === "svg" && facts.name ? ` aria-label="${escapeValue(facts.name)}"` : "");
  const inner = new Pieces();
  if (tag === "textarea") inner.add(escapeText(element.value));
  else if (contentDocumentOf[tag]) writeFrame(element, isShown ? number : 0, inner, scope, view);
  else if (tag !== "svg" && !STAND_IN.has(tag)) writeContent(element, facts, inner, scope, view);
  const { pieces } = inner;
  const isEmpty = pieces.length === 1 && pieces[0].trim() === "";
  if (!isShown && isEmpty && !VOID.has(tag)) return;
  const start = display.startsWith("inline") ? "" : "\n";
  if (WRAPPERS.has(tag) && !markup && !hasShownText(element)) {
    text.append(pieces);
    return;
  }
  text.add(`${start}<${tag}${isShown ? ` ref="e${number}"` : ""}${markup}>`);
  if (VOID.has(tag)) return;
  text.append(pieces);
  text.add(`</${tag}>`);
}

function hasShownText(element) {
  for (let child = firstChild(element); child; child = nextSibling(child))
    if (nodeType(child) === TEXT && nodeValue(child).trim()) return true;
  return false;
}

function writeContent(element, facts, text, scope, view) {
  const shadow = shadowRootOf(element);
  const assigned = facts.tag === "slot" ? element.assignedNodes() : [];
  const isTextShown = (facts.rendered || facts.display === "contents") && !(facts.tag === "details" && !has(element, "open"));
  const write = node => {
    const type = nodeType(node);
    if (type === TEXT && isTextShown) text.add(escapeText(nodeValue(node).replace(/\s+/g, " ")));
    else if (type === ELEMENT && !isLeftOut(node, element)) writeElement(node, text, scope, view);
  };
  for (const node of assigned) write(node);
  if (shadow) for (let node = firstChild(shadow); node; node = nextSibling(node)) write(node);
  else if (!assigned.length) for (let node = firstChild(element); node; node = nextSibling(node)) write(node);
}

function writeFrame(element, number, text, scope, view) {
  const inner = contentDocumentOf[localName(element)](element);
  if (inner === null) text.foreign(number, 0);
  else if (bodyOf(inner)) writeElement(bodyOf(inner), text, innerScope(element, inner, scope), view);
}
