// What is worked out about an element once per walk: its style, whether it is shown, its role.

const IGNORED = new Set(["script", "style", "noscript", "template"]);

let known = new Map();

class Facts {
  constructor(element) {
    this.element = element;
    this.tag = localName(element);
    this.style = viewOf(ownerDocument(element))?.getComputedStyle(element);
    this.display = this.style?.display ?? "none";
  }

  // Whether it takes part in the picture itself: its children may, even where it does not.
  get rendered() {
    return (this._rendered ??= checkVisibility.call(this.element) && this.style.visibility === "visible");
  }

  get attributed() {
    return (this._attributed ??= hasAttributes.call(this.element));
  }

  // Hidden with all that is in it, by the style or the word of this element or of one around it.
  get excluded() {
    return (this._excluded ??= this._isExcluded());
  }

  _isExcluded() {
    if (this.display === "none" || (this.attributed && attribute(this.element, "aria-hidden")?.toLowerCase() === "true"))
      return true;
    const parent = parentAcrossShadow(this.element);
    if (!parent) return false;
    if (parent === parentNode(this.element) && shadowRootOf(parent) && !slotOfElement(this.element)) return true;
    return factsOf(parent).excluded;
  }

  // Hidden from the accessibility tree.
  get hidden() {
    return (this._hidden ??= this._isHidden());
  }

  _isHidden() {
    if (IGNORED.has(this.tag)) return true;
    if (this.display === "contents" && this.tag !== "slot") {
      if (!hasShownContent(this.element)) return true;
    } else if (!this.rendered && this.tag !== "slot" && !(this.tag === "option" && ancestorMatching(this.element, "select"))) {
      return true;
    }
    return this.excluded;
  }

  get role() {
    return (this._role ??= computeRole(this.element, this.tag));
  }

  get name() {
    return (this._name ??= computeName(this.element, this.role));
  }
}

function factsOf(element) {
  let facts = known.get(element);
  if (!facts) known.set(element, (facts = new Facts(element)));
  return facts;
}

function hasShownContent(element) {
  for (let child = firstChild(element); child; child = nextSibling(child)) {
    const type = nodeType(child);
    if (type === ELEMENT ? !factsOf(child).hidden : type === TEXT && isShownText(child)) return true;
  }
  return false;
}

function isShownText(node) {
  const range = ownerDocument(node).createRange();
  range.selectNode(node);
  const { width, height } = range.getBoundingClientRect();
  return width > 0 && height > 0;
}

// Text whose parent is shown, and which is not itself: outside the slots of a shadow host, in details that are closed.
function isUnrenderedText(node) {
  const parent = parentNode(node);
  if (!parent || nodeType(parent) !== ELEMENT) return false;
  if (shadowRootOf(parent) && !slotOfText(node)) return true;
  return localName(parent) === "details" && !has(parent, "open");
}

// Which documents' styles give ::before and ::after any content: asking for it of each element costs as much as a walk.
let decorated = new Map();

function isDecorated(root) {
  let answer = decorated.get(root);
  if (answer === undefined) {
    try {
      answer = [...root.styleSheets, ...(root.adoptedStyleSheets ?? [])].some(sheet => sheet.disabled !== true && decorates(sheet.cssRules));
    } catch {
      answer = true; // a style sheet of another origin cannot be read
    }
    decorated.set(root, answer);
  }
  return answer;
}

function decorates(rules) {
  for (const rule of rules) {
    if (rule.selectorText !== undefined && /:(before|after)|:slotted|:part|:host/i.test(rule.selectorText) && rule.style.content) return true;
    if (rule.cssRules?.length && decorates(rule.cssRules)) return true;
    if (rule.styleSheet && decorates(rule.styleSheet.cssRules)) return true;
  }
  return false;
}

function pseudoText(element, pseudo) {
  const style = viewOf(ownerDocument(element)).getComputedStyle(element, pseudo);
  const { content } = style;
  if (!content || content === "none" || content === "normal" || style.display === "none" || style.visibility === "hidden") return "";
  const text = generatedText(element, content, true);
  return style.display === "inline" ? text : ` ${text} `;
}

// The strings of a CSS `content`; what stands after a slash is the alternative text of all that is before it.
function generatedText(element, content, isPseudo) {
  const parts = content.match(/"(?:[^"\\]|\\[^])*"|attr\([^)]*\)|\/|[^\s"/]+/g) ?? [];
  const slash = parts.indexOf("/");
  if (slash < 0 && !isPseudo) return "";
  let text = "";
  for (const part of parts.slice(slash + 1)) {
    if (part.startsWith('"')) text += unescapeString(part.slice(1, -1));
    else if (part.startsWith("attr(")) text += attribute(element, part.slice(5, -1).trim()) ?? "";
    else return "";
  }
  return text;
}

const unescapeString = text =>
  text.replace(/\\([0-9a-f]{1,6})\s?|\\([^])/gi, (_, code, other) => (code ? String.fromCodePoint(parseInt(code, 16)) : other));
