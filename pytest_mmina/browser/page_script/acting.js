// Requests of actions. They run in the isolated world too, so the page cannot change what they do.

const kindOf = (request, element) => (localName(element) === "input" ? `input ${element.type}` : localName(element));

function scroll({ by: [right, down] }) {
  window.scrollBy(right * window.innerWidth, down * window.innerHeight);
  return "";
}

// The element that receives keys: the focused one, also inside open shadow roots, or else the root element.
function focused() {
  let active = activeElementOf(document) ?? rootElementOf(document);
  for (let inner = shadowRootOf(active); inner?.activeElement; inner = shadowRootOf(active)) active = inner.activeElement;
  return active;
}
