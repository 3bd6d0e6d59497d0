// The format `aria`: Playwright's snapshots, YAML with references.

const PLAIN = /^[A-Za-z][\w ,.()/+-]*$/;
const RESERVED = words("y n yes no true false on off null");

function needsQuotes(text) {
  if (PLAIN.test(text)) return text.endsWith(" ") || (text.length < 6 && RESERVED.has(text.toLowerCase()));
  return (
    text === "" || /^[\s&*\],?!>|@"'#%[-]|\s$|[{}`\n\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|:(\s|$)|\s#/.test(text) ||
    !Number.isNaN(Number(text)) || text === "~" || RESERVED.has(text.toLowerCase()) || /^[-+]?\.(inf|nan)$/i.test(text)
  );
}

// Every key begins with a role. A key that matches needs no quotes.
const PLAIN_KEY = /^[a-z][\w ",.()/+=[\]-]*\]$/;
const quoteKey = key => (!PLAIN_KEY.test(key) && needsQuotes(key) ? `'${key.replaceAll("'", "''")}'` : key);
const quoteValue = value => (needsQuotes(value) ? `"${value.replace(/[\\"\x00-\x1f\x7f-\x9f]/g, escaped)}"` : value);
const ESCAPES = { "\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const escaped = char => ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;

function ariaKey(node, showsPointer) {
  let key = node.role;
  if (node.name && node.name.length <= LONGEST_NAME) key += ` ${JSON.stringify(node.name)}`;
  for (const [name, value] of node.states) key += value === true ? ` [${name}]` : ` [${name}=${value}]`;
  if (node.isMarkedHidden) key += " [aria-hidden]";
  if (node.number) key += ` [ref=e${node.number}]${showsPointer && node.pointer ? " [cursor=pointer]" : ""}`;
  return quoteKey(key);
}

function renderAria(root) {
  const text = new Pieces();
  const visit = (node, depth, showsPointer) => {
    const indent = "  ".repeat(depth);
    if (typeof node === "string") {
      text.line(`${indent}- text: ${quoteValue(node)}`);
      return;
    }
    const line = `${indent}- ${ariaKey(node, showsPointer)}`;
    const { children, url, placeholder } = node;
    const hasProperties = url !== undefined || placeholder !== undefined;
    if (!children.length && !hasProperties && !node.isForeign) {
      text.line(line);
    } else if (!hasProperties && children.length === 1 && typeof children[0] === "string") {
      text.line(`${line}: ${quoteValue(children[0])}`);
    } else {
      text.line(`${line}:`);
      if (url !== undefined) text.line(`${indent}  - /url: ${quoteValue(url)}`);
      if (placeholder !== undefined) text.line(`${indent}  - /placeholder: ${quoteValue(placeholder)}`);
      for (const child of children) visit(child, depth + 1, showsPointer && !(node.number && node.pointer));
      if (node.isForeign) text.foreign(node.number, depth + 1);
    }
  };
  for (const child of root.children) visit(child, 0, true);
  return text.pieces;
}
