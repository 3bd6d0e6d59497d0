// Accessible names after Accessible Name and Description Computation 1.2 (the letters below are its steps), with the
// names that HTML-AAM gives to HTML elements.

const NAMELESS = words(`caption code definition deletion emphasis generic insertion mark paragraph presentation strong
  subscript suggestion superscript term time`);
const NAMED_BY_CONTENT = words(`button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox
  menuitemradio option radio row rowheader switch tab tooltip treeitem`);
const CONTENT_COUNTS = new Set(["", ...NAMED_BY_CONTENT, ...words(`caption code contentinfo definition deletion emphasis
  insertion list listitem mark none paragraph presentation region rowgroup section strong subscript superscript table
  term time`)]);
const RANGES = words("progressbar scrollbar slider spinbutton meter");
const NAMED_NATIVELY = words(`input button output textarea select meter progress fieldset figure img area table`);
const NAMED_UNLESS_LABELLED = words("button output textarea select meter progress fieldset figure");
const WITH_PLACEHOLDER = words("text password number search tel email url");

// How the computation reaches an element: as the one to name, as content of another, or through a reference or label.
const SELF = { inside: false, labelled: false, referred: false, unhide: false };
const INSIDE = { ...SELF, inside: true };
const through = (element, change) => ({ ...SELF, referred: true, ...change, unhide: factsOf(element).hidden });

const UNUSUAL = /[^\S ]|  |[\u200b\u00ad]/;
const flat = text => {
  const trimmed = text.trim();
  if (trimmed === "" || !UNUSUAL.test(trimmed)) return trimmed;
  return trimmed.replace(/[\u200b\u00ad]/g, "").replace(/\s+/g, " ").trim();
};

function computeName({ element, tag, attributed, role }) {
  if (NAMELESS.has(role)) return "";
  // Skip elements that have nothing to take a name from. Most have nothing.
  const mayHaveName = attributed || NAMED_BY_CONTENT.has(role) || NAMED_NATIVELY.has(tag) || tag === "summary" || namespaceOf(element) !== XHTML;
  return mayHaveName ? flat(textOf(element, SELF, new Set())) : "";
}

function textOf(element, how, visited) {
  if (visited.has(element)) return "";
  const facts = factsOf(element);
  const { tag, role } = facts;
  // A: a hidden element has no name, unless it is referred to directly.
  if (IGNORED.has(tag) || (!how.unhide && facts.hidden)) {
    visited.add(element);
    return "";
  }
  // B: the elements that aria-labelledby refers to.
  const labels = facts.attributed && has(element, "aria-labelledby") ? elementsNamedBy(element, "aria-labelledby") : [];
  if (labels.length && !how.labelled) {
    const text = labels.map(label => textOf(label, through(label, { labelled: true }), visited)).join(" ");
    if (text) return text;
  }
  // C: a control inside another element's name contributes its value.
  if ((how.inside || how.referred) && !labels.includes(element)) {
    const value = embeddedValue(element, tag, role, how, visited);
    if (value !== undefined) return value;
  }
  // D: its aria-label.
  const said = facts.attributed ? attribute(element, "aria-label") ?? "" : "";
  if (said.trim()) {
    visited.add(element);
    return said;
  }
  // E: the name that HTML gives it.
  const isPresentation = role === "presentation" || role === "none";
  if (!isPresentation) {
    const native = nativeName(element, tag, labels.length > 0, how, visited);
    if (native !== undefined) return native;
  }
  // F: its content.
  if (how.referred || (how.inside ? CONTENT_COUNTS : NAMED_BY_CONTENT).has(role) || (tag === "summary" && !isPresentation)) {
    visited.add(element);
    const text = contentOf(element, how === SELF ? INSIDE : how, visited);
    if (how.inside || how.referred ? text : text.trim()) return text;
  }
  // I: its tooltip.
  visited.add(element);
  return facts.attributed && (!isPresentation || tag === "iframe") ? attribute(element, "title") ?? "" : "";
}

function embeddedValue(element, tag, role, how, visited) {
  if (role === "textbox" || role === "searchbox") {
    visited.add(element);
    return tag === "input" || tag === "textarea" ? element.value : textContent(element);
  }
  if (role === "combobox" || role === "listbox") {
    visited.add(element);
    const chosen = chosenOptions(element, tag, role);
    if (!chosen.length && tag === "input") return element.value;
    return chosen.map(option => textOf(option, how, visited)).join(" ");
  }
  if (RANGES.has(role)) {
    visited.add(element);
    return attribute(element, "aria-valuetext") ?? attribute(element, "aria-valuenow") ?? attribute(element, "value") ?? "";
  }
  if (role === "menu") {
    visited.add(element);
    return "";
  }
  return undefined;
}

function chosenOptions(element, tag, role) {
  if (tag === "select") {
    const chosen = [...element.selectedOptions];
    return chosen.length || !element.options.length ? chosen : [element.options[0]];
  }
  const owned = (owner, selector) => [owner, ...elementsNamedBy(owner, "aria-owns")].flatMap(root => [
    ...(root !== owner && matches.call(root, selector) ? [root] : []),
    ...allMatching(root, selector),
  ]);
  const listbox = role === "listbox" ? element : owned(element, "*").find(each => factsOf(each).role === "listbox");
  return listbox ? owned(listbox, '[aria-selected="true" i]').filter(each => factsOf(each).role === "option") : [];
}

// The name that HTML gives, or undefined if the content or the tooltip names the element.
function nativeName(element, tag, isLabelled, how, visited) {
  if (namespaceOf(element) === SVG) return drawingName(element, tag, visited);
  if (!NAMED_NATIVELY.has(tag) || (isLabelled && NAMED_UNLESS_LABELLED.has(tag))) return undefined;
  const title = attribute(element, "title") ?? "";
  // An element inside its own label is not part of its name.
  visited.add(element);
  const labels = labelsOf(element);
  switch (tag) {
    case "input":
      return inputName(element, labels, isLabelled, how, visited, title);
    case "button":
      if (labels.length) return labelText(labels, visited);
      visited.delete(element);
      return undefined;
    case "output": case "select": case "meter": case "progress":
      return labels.length ? labelText(labels, visited) : title;
    case "textarea":
      if (labels.length) return labelText(labels, visited);
      return title || (attribute(element, "placeholder") ?? "");
    case "fieldset":
      return childText(element, "legend", visited) ?? title;
    case "figure":
      return childText(element, "figcaption", visited) ?? title;
    case "table":
      return childText(element, "caption", visited) ?? (attribute(element, "summary") || title);
    default: {
      const text = attribute(element, "alt") ?? "";
      return text.trim() ? text : title;
    }
  }
}

function inputName(element, labels, isLabelled, how, visited, title) {
  const { type } = element;
  if (type === "button" || type === "submit" || type === "reset") {
    if (element.value.trim()) return element.value;
    return { submit: "Submit", reset: "Reset" }[type] ?? title;
  }
  if (labels.length && (type === "file" || type === "image" ? !how.labelled : !isLabelled)) return labelText(labels, visited);
  if (type === "file") return "Choose File";
  if (type === "image") return [attribute(element, "alt") ?? "", title].find(text => text.trim()) ?? "Submit";
  if (isLabelled) return "";
  return title || (WITH_PLACEHOLDER.has(type) ? attribute(element, "placeholder") ?? "" : "");
}

const labelText = (labels, visited) =>
  labels.map(label => textOf(label, through(label, {}), visited)).filter(text => text).join(" ");

function childText(element, tag, visited) {
  for (let child = firstElementChild(element); child; child = nextElementSibling(child))
    if (localName(child) === tag) return textOf(child, through(child, {}), visited);
  return undefined;
}

function drawingName(element, tag, visited) {
  visited.add(element);
  for (let child = firstElementChild(element); child; child = nextElementSibling(child))
    if (localName(child) === "title") return textOf(child, through(child, { labelled: true }), visited);
  const title = tag === "a" ? attribute(element, "xlink:title") ?? "" : "";
  return title.trim() ? title : undefined;
}

// The text of an element's content, with spaces around the text of blocks.
function contentOf(element, how, visited) {
  const isDressed = isDecorated(rootOf(element) ?? ownerDocument(element));
  let text = isDressed ? pseudoText(element, "::before") : "";
  const content = isDressed ? generatedText(element, factsOf(element).style.content ?? "", false) : "";
  if (content) return text + content + pseudoText(element, "::after");
  const isClosed = localName(element) === "details" && !has(element, "open");
  const add = node => {
    const type = nodeType(node);
    if (type === TEXT) {
      if (how.unhide || !isClosed) text += nodeValue(node);
    } else if (type === ELEMENT) {
      const part = textOf(node, how, visited);
      text += factsOf(node).display === "inline" && localName(node) !== "br" ? part : ` ${part} `;
    }
  };
  const assigned = localName(element) === "slot" ? element.assignedNodes() : [];
  if (assigned.length) {
    for (const node of assigned) add(node);
  } else {
    // The children of a shadow host are read where they are slotted.
    const shadow = shadowRootOf(element);
    if (isLeaf(element, shadow)) text += how.unhide || !isClosed ? textContent(element) : "";
    else for (let node = firstChild(shadow ?? element); node; node = nextSibling(node)) add(node);
    if (survey(ownerDocument(element)).owns && has(element, "aria-owns")) for (const owned of elementsNamedBy(element, "aria-owns")) add(owned);
  }
  return isDressed ? text + pseudoText(element, "::after") : text;
}
