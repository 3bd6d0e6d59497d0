// States and values of elements, as far as their roles support them.

const CHECKED = words("checkbox menuitemcheckbox menuitemradio option radio switch treeitem");
const EXPANDED = words(`application button checkbox columnheader combobox gridcell link listbox menuitem menuitemcheckbox
  menuitemradio row rowheader switch tab treeitem`);
const INVALID = words(`application checkbox columnheader combobox gridcell listbox radiogroup rowheader searchbox slider
  spinbutton switch textbox tree`);
const SELECTED = words("columnheader gridcell option row rowheader tab treeitem");
const LEVEL = words("heading listitem row treeitem");
const DISABLED = words(`application button checkbox columnheader combobox grid gridcell group link listbox menu menubar
  menuitem menuitemcheckbox menuitemradio option radio radiogroup row rowheader scrollbar searchbox separator slider
  spinbutton switch tab tablist textbox toolbar tree treegrid treeitem`);
const CONTROLS = words("button input select textarea option optgroup");
const HEADINGS = { h1: 1, h2: 2, h3: 3, h4: 4, h5: 5, h6: 6 };

const lower = (element, name) => attribute(element, name)?.toLowerCase();

// Whether an element around this one may disable it. Most pages have no such element.
function mayBeDisabled(element) {
  const root = rootOf(element);
  return root === null || nodeType(root) !== DOCUMENT || survey(root).disables;
}

function isNativelyDisabled(element) {
  const tag = localName(element);
  if (!CONTROLS.has(tag)) return false;
  if (has(element, "disabled")) return true;
  if (tag === "option" && ancestorMatching(element, "optgroup[disabled]")) return true;
  if (!mayBeDisabled(element)) return false;
  const fieldset = ancestorMatching(element, "fieldset[disabled]");
  if (!fieldset) return false;
  const legend = allMatching(fieldset, ":scope > legend")[0];
  return !legend || !legend.contains(element);
}

function isDisabled(element, role) {
  if (isNativelyDisabled(element)) return true;
  if (!DISABLED.has(role) || !mayBeDisabled(element)) return false;
  const said = ancestorAcrossShadow(element, "[aria-disabled=true i], [aria-disabled=false i]");
  return said !== null && lower(said, "aria-disabled") === "true";
}

function checkedState(element, tag) {
  if (tag === "input") {
    if (element.indeterminate) return "mixed";
    if (element.type === "checkbox" || element.type === "radio") return element.checked;
  }
  const said = lower(element, "aria-checked");
  return said === "mixed" ? said : said === "true";
}

const STATELESS = [];
const WITH_STATES = new Set([...CHECKED, ...EXPANDED, ...INVALID, ...SELECTED, ...LEVEL, ...DISABLED]);

// The states as [name, value], in the order and words of Playwright's format. For a value of true, only the name shows.
function statesOf(element, tag, role, attributed, isActive) {
  if (!WITH_STATES.has(role) && !CONTROLS.has(tag)) return isActive ? [["active", true]] : STATELESS;
  const states = [];
  const add = (name, value) => value && states.push([name, value]);
  if (CHECKED.has(role)) add("checked", checkedState(element, tag));
  if ((DISABLED.has(role) || CONTROLS.has(tag))) add("disabled", isDisabled(element, role));
  if (tag === "details") add("expanded", element.open);
  else if (attributed && EXPANDED.has(role)) add("expanded", lower(element, "aria-expanded") === "true");
  add("active", isActive);
  if (attributed && INVALID.has(role)) add("invalid", invalidState(element));
  if (LEVEL.has(role)) add("level", HEADINGS[tag] ?? levelState(element));
  if (attributed && role === "button") add("pressed", { true: true, mixed: "mixed" }[lower(element, "aria-pressed")]);
  if (tag === "option") add("selected", element.selected);
  else if (attributed && SELECTED.has(role)) add("selected", lower(element, "aria-selected") === "true");
  return states;
}

function invalidState(element) {
  const said = lower(element, "aria-invalid")?.trim();
  if (!said || said === "false") return false;
  return said === "grammar" || said === "spelling" ? said : true;
}

function levelState(element) {
  const level = Number(attribute(element, "aria-level") ?? 0);
  return Number.isInteger(level) && level > 0 ? level : 0;
}

// The value of a field. Of a password, only the length is shown.
function valueOf(element, tag) {
  if (tag !== "input" && tag !== "textarea") return undefined;
  const { type, value } = element;
  if (type === "checkbox" || type === "radio" || type === "file") return undefined;
  return type === "password" ? "•".repeat(value.length) : value;
}
