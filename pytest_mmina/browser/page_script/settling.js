// Whether the page has come to rest. The main world keeps count of what is due (pending.js) and answers an event of its
// own; a page that nothing is due in is at rest at once, any other when its DOM has been quiet for a moment.

const QUESTION = "mmina:at-rest";
const LEAVING = "mmina:leaving";
const QUEUED = "mmina:queued";
const HEARD = "mmina:heard";
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
  if (heard) for (const inner of documents) dispatchEvent.call(inner, new Event(HEARD));
  const isSame = watch.token === token && documents.length === watch.documents.length &&
    documents.every((inner, index) => inner === watch.documents[index]);
  if (!isSame) {
    startWatch(token, documents);
    return null;
  }
  if (watch.observer.takeRecords().length) watch.since = performance.now();
  // By Playwright's clock 20 ms are over now; by this one it may be a little early.
  if (performance.now() - watch.since < quiet - 1) return null;
  if (documents.some(inner => readyStateOf(inner) !== "complete" || isMoving(inner) || isLeaving(inner))) return null;
  endWatch();
  return "";
}

// Why the page is not known to be at rest, "" where it is. One with frames never is by its own word: one of them may be
// about to go to another address, and no document says so.
function unrest() {
  if (readyStateOf(document) !== "complete") return "loading";
  const hasScrolled = scrolledTo !== scrollPlace();
  scrolledTo = scrollPlace();
  if (hasScrolled || documentQueryAll.call(document, "iframe, frame").length) return "stirring";
  if (!isNothingDue() || isMoving(document)) return "stirring";
  return isQueued() ? "soon" : "";
}

// Whether nothing in the page is going to move an element before the mouse is there; frames of it have no part in that.
const isStill = () => scrolledTo === scrollPlace() && readyStateOf(document) === "complete" && isNothingDue() &&
  !getAnimations.call(document).some(animation => animation.playState === "running");

const scrollPlace = () => `${window.scrollX} ${window.scrollY}`;

// Nobody answers where the script that counts was not there from the start; then it is not known to be idle.
const isNothingDue = () => !dispatchEvent.call(document, new Event(QUESTION, { cancelable: true }));

// Whether a task that a click or a key has queued may be left, which takes no longer than until the next frame.
const isQueued = () => !dispatchEvent.call(document, new Event(QUEUED, { cancelable: true }));

// Whether another document is on its way.
const isLeaving = inner => !dispatchEvent.call(inner, new Event(LEAVING, { cancelable: true }));

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
