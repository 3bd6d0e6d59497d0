// Playwright keeps this as a selector engine of each document's isolated world. A selector is either the reference of
// an element (`e12`), a path to one (`/1/0/2`), `focus` for the one that has it, or a request in JSON; the answer to that is the text of the element that
// is returned. An element without a closing tag, because Playwright's log would copy the text of any other.

const answers = { observe, why, ready, scroll, kind: kindOf, watch: watchFor, way: request => JSON.stringify(wayTo(request.number)) };

function queryAll(root, selector) {
  if (selector === "focus") return [focused()];
  if (!selector.startsWith("{")) return [selector.startsWith("/") ? elementAt(selector) : elementOf(Number(selector.slice(1)))];
  const request = JSON.parse(selector);
  const text = answers[request.do](request, root);
  if (text === null) return [];
  return [Object.defineProperty(document.createElementNS(XHTML, "br"), "textContent", { value: text })];
}

return { query: (root, selector) => queryAll(root, selector)[0] ?? null, queryAll };
