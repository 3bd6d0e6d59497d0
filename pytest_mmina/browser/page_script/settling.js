// Whether the page is at rest. Scripts in the main world (pending.js, departing.js) count what is due and answer custom
// events. A page with nothing due is at rest at once, any other page when its DOM has been quiet for a moment.

const LONGEST_MOVE = 500;
let watch = { token: null };
let scrolledTo = "0 0";

function documentsIn(outer) {
  const documents = [outer];
  for (const frame of documentQueryAll.call(outer, "iframe, frame")) {
    const inner = contentDocumentOf[localName(frame)]?.(frame);
    if (inner) documents.push(...documentsIn(inner));
  }
  return documents;
}

// Returns null until the page has been quiet, and Playwright asks again. The first request with a new token starts the
// watch. `heard` means that Playwright knows of the tab or the download that the page began.
function watchFor({ token, quiet, heard }) {
  const documents = documentsIn(document);
  if (heard) tellHeard(documents);
  const isSame = watch.token === token && documents.length === watch.documents.length &&
    documents.every((inner, index) => inner === watch.documents[index]);
  if (!isSame) {
    startWatch(token, documents);
    return null;
  }
  if (watch.observer.takeRecords().length) watch.since = performance.now();
  // Playwright asks again after 20 ms of its own clock. This clock may show a little less, so allow 1 ms.
  if (performance.now() - watch.since < quiet - 1) return null;
  if (documents.some(inner => readyStateOf(inner) !== "complete" || isMoving(inner) || AWAITED.some(what => says(inner, what)))) return null;
  endWatch();
  return "";
}

// Why the page may not be at rest, or "" if it is. A page with frames never counts as at rest here: one of them may be
// about to navigate, and no document reports that.
function unrest() {
  for (const what of ["leaving", "opening", "downloading"]) if (says(document, what)) return what;
  if (readyStateOf(document) !== "complete") return "loading";
  const hasScrolled = scrolledTo !== scrollPlace();
  scrolledTo = scrollPlace();
  if (hasScrolled || documentQueryAll.call(document, "iframe, frame").length) return "stirring";
  if (!isNothingDue() || isMoving(document)) return "stirring";
  return says(document, "queued") ? "soon" : "";
}

// Whether nothing in the page can move an element before the mouse gets there. Frames in the page do not matter here.
const isStill = () => scrolledTo === scrollPlace() && readyStateOf(document) === "complete" && isNothingDue() &&
  !getAnimations.call(document).some(animation => animation.playState === "running");

const scrollPlace = () => `${window.scrollX} ${window.scrollY}`;

// Asks the main world of a document. If no script answers there, the answer is no.
const says = (inner, what) => !dispatchEvent.call(inner, new Event(`mmina:${what}`, { cancelable: true }));
const AWAITED = ["leaving", "opening", "downloading", "queued"];

// False if pending.js did not run from the start, since nobody knows then what is due.
const isNothingDue = () => says(document, "at-rest");

// Reports to the documents that Playwright knows of the tab or the download that they began.
const tellHeard = documents => { for (const inner of documents) says(inner, "heard"); };

// Whether an animation is about to end. A script may be waiting for that.
function isMoving(inner) {
  return getAnimations.call(inner).some(animation => {
    const { endTime } = animation.effect?.getComputedTiming() ?? {};
    return animation.playState === "running" && endTime - animation.currentTime < LONGEST_MOVE;
  });
}

function startWatch(token, documents) {
  endWatch();
  const observer = new MutationObserver(() => (watch.since = performance.now()));
  const everything = { subtree: true, childList: true, attributes: true, characterData: true };
  for (const inner of documents) observer.observe(inner, everything);
  watch = { token, documents, observer, since: performance.now() };
}

function endWatch() {
  watch.observer?.disconnect();
  watch = { token: null };
}
