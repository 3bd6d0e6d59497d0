// Whether the page has come to rest. The main world keeps count of what is due (pending.js, departing.js) and answers
// events of their own; a page that nothing is due in is at rest at once, any other when its DOM has been quiet for a
// moment.

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

// Nothing until the page has been quiet: Playwright asks again in a moment. The first question with a token begins it.
// `heard` says that a download has been heard of.
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
  // By Playwright's clock 20 ms are over now; by this one it may be a little early.
  if (performance.now() - watch.since < quiet - 1) return null;
  if (documents.some(inner => readyStateOf(inner) !== "complete" || isMoving(inner) || AWAITED.some(what => says(inner, what)))) return null;
  endWatch();
  return "";
}

// Why the page is not known to be at rest, "" where it is. One with frames never is by its own word: one of them may be
// about to go to another address, and no document says so.
function unrest() {
  for (const what of ["leaving", "opening", "downloading"]) if (says(document, what)) return what;
  if (readyStateOf(document) !== "complete") return "loading";
  const hasScrolled = scrolledTo !== scrollPlace();
  scrolledTo = scrollPlace();
  if (hasScrolled || documentQueryAll.call(document, "iframe, frame").length) return "stirring";
  if (!isNothingDue() || isMoving(document)) return "stirring";
  return says(document, "queued") ? "soon" : "";
}

// Whether nothing in the page is going to move an element before the mouse is there; frames of it have no part in that.
const isStill = () => scrolledTo === scrollPlace() && readyStateOf(document) === "complete" && isNothingDue() &&
  !getAnimations.call(document).some(animation => animation.playState === "running");

const scrollPlace = () => `${window.scrollX} ${window.scrollY}`;

// What is asked of a document's main world; where nobody answers, nothing is.
const says = (inner, what) => !dispatchEvent.call(inner, new Event(`mmina:${what}`, { cancelable: true }));
const AWAITED = ["leaving", "opening", "downloading", "queued"];

// Where the script that counts was not there from the start, it is not known that nothing is due.
const isNothingDue = () => says(document, "at-rest");

// A tab that was opened, or a download, has been heard of.
const tellHeard = documents => { for (const inner of documents) says(inner, "heard"); };

// Whether an animation is about to end, at which a script may be waiting for it.
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
