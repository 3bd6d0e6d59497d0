// The format `webarena`: the tree that agents for WebArena and MMInA read, `[id] role 'name' property: value` with one
// tab for each level. A text has the id of the element that contains it.

const quoted = text => {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replace(/[\\\n\r\t\x00-\x1f\x7f]/g, escapedLikePython).replaceAll(mark, `\\${mark}`);
  return mark + inside + mark;
};
const escapedLikePython = char =>
  ({ "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" })[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;

const PROPERTY_NAMES = { active: "focused" };
const REQUIRABLE = words("checkbox combobox gridcell listbox radiogroup searchbox spinbutton textbox tree");

function propertiesOf(node) {
  const { element, role, tag } = node;
  const properties = new Map();
  for (const [name, value] of node.states)
    if (name !== "level" && name !== "invalid" && name !== "checked") properties.set(PROPERTY_NAMES[name] ?? name, value === true ? "True" : value);
  if (CHECKED.has(role) && role !== "option") properties.set("checked", String(node.states.find(([name]) => name === "checked")?.[1] ?? false));
  const popup = lower(element, "aria-haspopup") ?? (tag === "select" ? "menu" : undefined);
  if (popup && popup !== "false") properties.set("hasPopup", popup === "true" ? "menu" : popup);
  const expanded = tag === "details" ? String(element.open) : EXPANDED.has(role) ? lower(element, "aria-expanded") : undefined;
  if (expanded === "false" || tag === "select") properties.set("expanded", "False");
  if (REQUIRABLE.has(role)) properties.set("required", has(element, "required") || lower(element, "aria-required") === "true" ? "True" : "False");
  return [...properties].map(([name, value]) => ` ${name}: ${value}`).join("");
}

function renderWebArena(root) {
  const text = new Pieces();
  const visit = (node, depth, holder) => {
    const indent = "\t".repeat(depth);
    if (typeof node === "string") {
      text.line(`${indent}${holder ? `[${holder}] ` : ""}StaticText ${quoted(node)}`);
      return;
    }
    // A container without a name would only indent its content.
    const isSilent = node.role === "generic" && !node.name && !node.pointer;
    if (!isSilent) text.line(`${indent}${node.number ? `[${node.number}] ` : ""}${node.role} ${quoted(node.name)}${propertiesOf(node)}`);
    for (const child of node.children) visit(child, depth + !isSilent, node.number || holder);
    if (node.isForeign) text.foreign(node.number, depth);
  };
  for (const child of root.children) visit(child, 1, 0);
  return text.pieces;
}
