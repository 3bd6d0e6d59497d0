// What is computed once for each element of a walk: its style, visibility, role and name.

const IGNORED = new Set(["script", "style", "noscript", "template"]);

let known = new Map();

class Facts {
  constructor(element) {
    this.element = element;
    this.tag = localName(element);
    this.attributed = hasAttributes.call(element);
    this.style = getComputedStyle(element);
    this.display = this.style.display;
    this._rendered = this._excluded = this._hidden = this._role = this._name = undefined;
  }

  // Whether the element itself is rendered. Its children may be rendered even if it is not.
  get rendered() {
    return (this._rendered ??= this.style.visibility === "visible" && (!needsAsking(this.element) || checkVisibility.call(this.element)));
  }

  // Hidden with all its content: by `display: none`, by `aria-hidden` or because a parent leaves it out.
  get excluded() {
    return (this._excluded ??= this._isExcluded());
  }

  _isExcluded() {
    if (this.display === "none" || this.isMarkedHidden) return true;
    const parent = parentAcrossShadow(this.element);
    return parent !== null && (isLeftOut(this.element, parent) || factsOf(parent).excluded);
  }

  get isMarkedHidden() {
    return this.attributed && attribute(this.element, "aria-hidden")?.toLowerCase() === "true";
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
    return (this._role ??= computeRole(this.element, this.tag, this.attributed));
  }

  get name() {
    return (this._name ??= computeName(this));
  }
}

// Children that a parent does not show: those without a slot in its shadow root, the content of closed details, and the
// fallback content of media, frames and the like.
const STAND_IN = new Set(["canvas", "video", "audio", "iframe", "frame", "meter", "progress", "textarea"]);

function isLeftOut(element, parent) {
  const tag = localName(parent);
  if (tag === "details") return !has(parent, "open") && !matches.call(element, "summary:first-of-type");
  if (STAND_IN.has(tag)) return true;
  return shadowRootOf(parent) !== null && parent === parentNode(element) && slotOfElement(element) === null;
}

// `checkVisibility` costs as much as everything else here. It makes a difference only where content can be skipped
// without `display: none`: in SVG, and where a style sets content-visibility.
function needsAsking(element) {
  return namespaceOf(element) !== XHTML || isSkipping(ownerDocument(element));
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

// Facts about a whole document or shadow tree. Asking each element for them would cost as much as the rest of a walk.
// `decorates`: a style may give ::before or ::after some content. `skips`: a style may leave content out.
let surveyed = new Map();

const RARE = `[aria-owns], [aria-disabled], fieldset[disabled], [style*="content-visibility"], [hidden="until-found" i]`;

class Survey {
  constructor(root) {
    this.decorates = this.skips = this.owns = this.disables = false;
    this.labels = new Map();
    try {
      for (const sheet of [...root.styleSheets, ...(root.adoptedStyleSheets ?? [])]) if (!sheet.disabled) surveyRules(sheet.cssRules, this);
    } catch {
      this.decorates = this.skips = true; // a style sheet of another origin cannot be read
    }
    for (const element of allMatching(root, RARE)) {
      if (has(element, "aria-owns")) this.owns = true;
      if (has(element, "aria-disabled") || localName(element) === "fieldset") this.disables = true;
      if (matches.call(element, RARE.slice(RARE.indexOf("[style")))) this.skips = true;
    }
    // The `labels` property of an element searches the whole document each time.
    for (const label of allMatching(root, "label")) {
      const { control } = label;
      if (control) this.labels.set(control, [...(this.labels.get(control) ?? []), label]);
    }
  }
}

function survey(root) {
  let found = surveyed.get(root);
  if (!found) surveyed.set(root, (found = new Survey(root)));
  return found;
}

const NONE = [];
const labelsOf = element => survey(rootOf(element) ?? ownerDocument(element)).labels.get(element) ?? NONE;
const isDecorated = root => survey(root).decorates;
const isSkipping = inner => survey(inner).skips;

function surveyRules(rules, found) {
  for (const rule of rules) {
    const { style } = rule;
    if (style && style.content !== "") found.decorates = true;
    if (style && style.contentVisibility) found.skips = true;
    if (found.decorates && found.skips) return;
    if (rule.cssRules?.length) surveyRules(rule.cssRules, found);
    if (rule.styleSheet) surveyRules(rule.styleSheet.cssRules, found);
  }
}

function pseudoText(element, pseudo) {
  const style = getComputedStyle(element, pseudo);
  const { content } = style;
  if (!content || content === "none" || content === "normal" || style.display === "none" || style.visibility === "hidden") return "";
  const text = generatedText(element, content, true);
  return style.display === "inline" ? text : ` ${text} `;
}

// The strings of a CSS `content`. Text after a slash is the alternative text for everything before it.
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
