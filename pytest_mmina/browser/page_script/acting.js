// What actions ask of a page, which a page must not be able to bend either.

const kindOf = (request, element) => (localName(element) === "input" ? `input ${element.type}` : localName(element));

function scroll({ by: [right, down] }) {
  window.scrollBy(right * window.innerWidth, down * window.innerHeight);
  return "";
}

// What keys go to: the element that has the focus, inside open shadow roots too, or else the document's own.
function focused() {
  let active = activeElementOf(document) ?? rootElementOf(document);
  for (let inner = shadowRootOf(active); inner?.activeElement; inner = shadowRootOf(active)) active = inner.activeElement;
  return active;
}
