// Playwright keeps this as a selector engine of each document's isolated world. A selector is either the reference of
// an element (`e12`), a path to one (`/1/0/2`), or a request in JSON; the answer to that is the text of the element that
// is returned. An element without a closing tag, because Playwright's log would copy the text of any other.

const answers = { observe, way: request => wayTo(request.number) };

function answer(request) {
  const carrier = document.createElement("br");
  const text = JSON.stringify(answers[request.do](request));
  return Object.defineProperty(carrier, "textContent", { value: text });
}

function queryAll(root, selector) {
  if (selector.startsWith("{")) return [answer(JSON.parse(selector))];
  return [selector.startsWith("/") ? elementAt(selector) : elementOf(Number(selector.slice(1)))];
}

return { query: (root, selector) => queryAll(root, selector)[0], queryAll };
