// Whether the page has come to rest. The main world keeps count of what is due (pending.js) and answers an event of its
// own; a page that nothing is due in is at rest at once, any other when its DOM has been quiet for a moment.

const QUESTION = "mmina:at-rest";
const watch = { token: null, since: 0, observer: null };
const scrolled = new WeakMap();

function documentsIn(outer) {
  const documents = [outer];
  for (const frame of documentQueryAll.call(outer, "iframe, frame")) {
    const inner = contentDocumentOf[localName(frame)]?.(frame);
    if (inner) documents.push(...documentsIn(inner));
  }
  return documents;
}

// Nothing until the page has been quiet: Playwright asks again in a moment. The first question with a token begins it.
function watchFor({ token, quiet }) {
  const documents = documentsIn(document);
  if (watch.token !== token) {
    startWatch(token, documents);
    return null;
  }
  if (watch.observer.takeRecords().length) watch.since = performance.now();
  // By Playwright's clock 20 ms are over now; by this one it may be a little early.
  if (performance.now() - watch.since < quiet - 1 || documents.some(inner => inner.readyState !== "complete")) return null;
  endWatch();
  return "";
}

function isIdle(inner) {
  const view = viewOf(inner);
  const place = `${view.scrollX} ${view.scrollY}`;
  const hasScrolled = (scrolled.get(inner) ?? "0 0") !== place;
  scrolled.set(inner, place);
  if (hasScrolled || inner.readyState !== "complete") return false;
  // Nobody answers where the script that counts was not there from the start; then it is not known to be idle.
  if (inner.dispatchEvent(new Event(QUESTION, { cancelable: true }))) return false;
  return !inner.getAnimations().some(animation => animation.effect?.getComputedTiming().endTime !== Infinity);
}

function startWatch(token, documents) {
  endWatch();
  watch.token = token;
  watch.since = performance.now();
  watch.observer = new MutationObserver(() => (watch.since = performance.now()));
  const everything = { subtree: true, childList: true, attributes: true, characterData: true };
  for (const inner of documents) watch.observer.observe(inner, everything);
}

function endWatch() {
  watch.observer?.disconnect();
  watch.observer = watch.token = null;
}
