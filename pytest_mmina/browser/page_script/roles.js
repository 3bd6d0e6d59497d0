// Roles after WAI-ARIA 1.2, and those of HTML elements after HTML-AAM, or as in Chromium where that leaves a choice.

const words = text => new Set(text.trim().split(/\s+/));

const ROLES = words(`alert alertdialog application article banner blockquote button caption cell checkbox code
  columnheader combobox complementary contentinfo definition deletion dialog directory document emphasis feed figure form
  generic grid gridcell group heading img insertion link list listbox listitem log main mark marquee math meter menu
  menubar menuitem menuitemcheckbox menuitemradio navigation none note option paragraph presentation progressbar radio
  radiogroup region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status strong subscript
  superscript switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem`);

const TAG_ROLES = {
  article: "article", aside: "complementary", blockquote: "blockquote", button: "button", caption: "caption",
  code: "code", datalist: "listbox", dd: "definition", del: "deletion", details: "group", dfn: "term", dialog: "dialog",
  dt: "term", em: "emphasis", fieldset: "group", figure: "figure", h1: "heading", h2: "heading", h3: "heading",
  h4: "heading", h5: "heading", h6: "heading", hr: "separator", html: "document", ins: "insertion", li: "listitem",
  main: "main", mark: "mark", math: "math", menu: "list", meter: "meter", nav: "navigation", ol: "list",
  optgroup: "group", option: "option", output: "status", p: "paragraph", progress: "progressbar", search: "search",
  strong: "strong", sub: "subscript", sup: "superscript", svg: "img", table: "table", tbody: "rowgroup",
  textarea: "textbox", tfoot: "rowgroup", thead: "rowgroup", time: "time", tr: "row", ul: "list", iframe: "iframe",
  frame: "iframe",
};

const INPUT_ROLES = {
  button: "button", checkbox: "checkbox", file: "button", hidden: "", image: "button", number: "spinbutton",
  radio: "radio", range: "slider", reset: "button", submit: "button",
};
const TEXT_INPUTS = words("email search tel text url");

const isNamedExplicitly = element => has(element, "aria-label") || has(element, "aria-labelledby");
const isLandmark = element => !ancestorAcrossShadow(element, SECTIONS);
const SECTIONS = `article:not([role]), aside:not([role]), main:not([role]), nav:not([role]), section:not([role]),
  [role=article], [role=complementary], [role=main], [role=navigation], [role=region]`;

const SPECIAL_ROLES = {
  a: element => (has(element, "href") ? "link" : ""),
  area: element => (has(element, "href") ? "link" : ""),
  footer: element => (isLandmark(element) ? "contentinfo" : ""),
  form: element => (isNamedExplicitly(element) ? "form" : ""),
  header: element => (isLandmark(element) ? "banner" : ""),
  img: element => (isDecoration(element) ? "presentation" : "img"),
  input: inputRole,
  section: element => (isNamedExplicitly(element) ? "region" : ""),
  select: element => (element.multiple || element.size > 1 ? "listbox" : "combobox"),
  td: element => {
    const table = ancestorAcrossShadow(element, "table");
    const role = table && attribute(table, "role") ? explicitRole(table) : "";
    return role === "grid" || role === "treegrid" ? "gridcell" : "cell";
  },
  th: headerRole,
};

const isDecoration = image =>
  attribute(image, "alt") === "" && !attribute(image, "title") && !hasGlobalAttribute(image, "") && !hasTabIndex(image);

function inputRole(element) {
  const { type } = element;
  if (TEXT_INPUTS.has(type)) {
    const [list] = has(element, "list") ? elementsNamedBy(element, "list") : [];
    if (list && localName(list) === "datalist") return "combobox";
    return type === "search" ? "searchbox" : "textbox";
  }
  return INPUT_ROLES[type] ?? "textbox";
}

function headerRole(element) {
  const scope = attribute(element, "scope");
  if (scope === "col" || scope === "colgroup") return "columnheader";
  if (scope === "row" || scope === "rowgroup") return "rowheader";
  const next = nextElementSibling(element), previous = previousElementSibling(element);
  if (!next && !previous) {
    const table = ancestorMatching(element, "tr > *") && ancestorAcrossShadow(element, "table");
    return table && table.rows.length <= 1 ? "" : "columnheader";
  }
  const isHeader = sibling => sibling && localName(sibling) === "th";
  const holdsData = sibling =>
    sibling && localName(sibling) === "td" && (textContent(sibling).trim() !== "" || firstElementChild(sibling));
  if (isHeader(next) && isHeader(previous)) return "columnheader";
  return holdsData(next) || holdsData(previous) ? "rowheader" : "columnheader";
}

// Attributes that any role may have. On a role that must not be named, aria-label and aria-labelledby do not count.
const GLOBAL = `atomic busy controls current describedby details dropeffect flowto grabbed hidden keyshortcuts live owns
  relevant`.split(/\s+/).map(name => `aria-${name}`);
const UNNAMED = words(`caption code deletion emphasis generic insertion paragraph presentation strong subscript
  superscript`);

function hasGlobalAttribute(element, role) {
  if (!hasAttributes.call(element)) return false;
  if (GLOBAL.some(name => has(element, name))) return true;
  if (role !== "generic" && has(element, "aria-roledescription")) return true;
  return !UNNAMED.has(role) && isNamedExplicitly(element);
}

const hasTabIndex = element => has(element, "tabindex") && !Number.isNaN(Number(attribute(element, "tabindex")));
const FOCUSABLE = words("button details select textarea");

function isFocusable(element) {
  if (isNativelyDisabled(element)) return false;
  const tag = localName(element);
  if (FOCUSABLE.has(tag) || ((tag === "a" || tag === "area") && has(element, "href"))) return true;
  return (tag === "input" && !has(element, "hidden")) || hasTabIndex(element);
}

function explicitRole(element) {
  for (const role of (attribute(element, "role") ?? "").toLowerCase().split(/\s+/)) if (ROLES.has(role)) return role;
  return "";
}

// Parts of a list or a table lose their role if the list or the table loses its own.
const WHOLES = {
  dd: words("dl div"), div: words("dl"), dt: words("dl div"), li: words("ol ul"), tbody: words("table"),
  td: words("tr"), tfoot: words("table"), th: words("tr"), thead: words("table"), tr: words("thead tbody tfoot table"),
};

function implicitRole(element, tag) {
  const special = SPECIAL_ROLES[tag];
  const role = special ? special(element) : (Object.hasOwn(TAG_ROLES, tag) ? TAG_ROLES[tag] : "");
  if (!role || !Object.hasOwn(WHOLES, tag)) return role;
  let part = element;
  for (;;) {
    const whole = parentAcrossShadow(part);
    const wholes = WHOLES[localName(part)];
    if (!whole || !wholes || !wholes.has(localName(whole))) return role;
    const given = hasAttributes.call(whole) ? explicitRole(whole) : "";
    if ((given === "none" || given === "presentation") && !mustKeepRole(whole, given)) return given;
    part = whole;
  }
}

const mustKeepRole = (element, role) => hasGlobalAttribute(element, role) || isFocusable(element);

// The role of an element, or "" if it has none.
function computeRole(element, tag, attributed) {
  const given = attributed && has(element, "role") ? explicitRole(element) : "";
  if (!given || tag === "iframe" || tag === "frame") return implicitRole(element, tag);
  if (given !== "none" && given !== "presentation") return given;
  const own = implicitRole(element, tag);
  return mustKeepRole(element, own) ? own : given;
}
