// Runs in every document before the page's own scripts, and keeps count of what they have set going: timers, frames,
// requests, messages. The page script (settling.js) asks about it by an event; no answer means that something is due
// within the next QUIET milliseconds, or may be.
(() => {
  const QUIET = 20;
  const clock = performance.now.bind(performance);
  const later = globalThis.setTimeout.bind(globalThis);
  const due = new Map();
  let running = 0;
  let unsettledUntil = 0;
  let isLively = false;
  let leavingSince = null;

  const stir = () => { unsettledUntil = clock() + QUIET; };
  const wrap = (owner, name, apply) => {
    if (owner && typeof owner[name] === "function") owner[name] = new Proxy(owner[name], { apply });
  };
  const timer = (kind, repeats, fallback) => (target, self, [callback, delay, ...values]) => {
    if (typeof callback !== "function") stir();
    const wait = fallback ?? Math.max(Number(delay) || 0, 0);
    const call = typeof callback !== "function" ? callback : function (...given) {
      if (repeats) due.set(key, clock() + wait);
      else due.delete(key);
      return Reflect.apply(callback, this, given);
    };
    const id = Reflect.apply(target, self, [call, delay, ...values]);
    const key = kind + id;
    if (call !== callback) due.set(key, clock() + wait);
    return id;
  };
  const forget = kind => (target, self, values) => {
    due.delete(kind + values[0]);
    return Reflect.apply(target, self, values);
  };
  wrap(globalThis, "setTimeout", timer("timer", false));
  wrap(globalThis, "setInterval", timer("timer", true));
  wrap(globalThis, "clearTimeout", forget("timer"));
  wrap(globalThis, "clearInterval", forget("timer"));
  wrap(globalThis, "requestAnimationFrame", timer("frame", false, 0));
  wrap(globalThis, "cancelAnimationFrame", forget("frame"));
  wrap(globalThis, "requestIdleCallback", timer("idle", false, 0));
  wrap(globalThis, "cancelIdleCallback", forget("idle"));

  const stirring = (target, self, values) => {
    stir();
    return Reflect.apply(target, self, values);
  };
  for (const type of [globalThis.MessagePort, globalThis.BroadcastChannel]) wrap(type?.prototype, "postMessage", stirring);
  wrap(globalThis, "postMessage", stirring);
  wrap(globalThis.IDBFactory?.prototype, "open", stirring);
  wrap(globalThis.Scheduler?.prototype, "postTask", stirring);

  const done = () => { running--; stir(); };
  wrap(globalThis, "fetch", (target, self, values) => {
    const answer = Reflect.apply(target, self, values);
    running++;
    answer.then(done, done);
    return answer;
  });
  wrap(globalThis.XMLHttpRequest?.prototype, "send", (target, self, values) => {
    running++;
    self.addEventListener("loadend", done, { once: true });
    return Reflect.apply(target, self, values);
  });

  // What these bring may come at any time.
  for (const name of ["WebSocket", "EventSource", "Worker", "SharedWorker", "WebTransport", "RTCPeerConnection",
                      "IntersectionObserver", "ResizeObserver"]) {
    if (typeof globalThis[name] !== "function") continue;
    globalThis[name] = new Proxy(globalThis[name], {
      construct(target, values, made) {
        isLively = true;
        return Reflect.construct(target, values, made);
      },
    });
  }

  // Another document is on its way, until it is there or comes to nothing.
  globalThis.navigation?.addEventListener("navigate", event => {
    const isAnother = !event.hashChange && event.downloadRequest === null && !event.destination.sameDocument;
    leavingSince = isAnother ? clock() : null;
    // A download sets out as well, and is heard of from outside.
    departure = event.downloadRequest === null ? null : { event: null, since: clock() };
  });
  for (const end of ["navigateerror", "navigatesuccess"]) globalThis.navigation?.addEventListener(end, () => { leavingSince = null; });

  // What the browser itself makes of a click or a key it may tell in a task that is queued then: a dialog has closed.
  // Chromium puts tasks off until it has drawn the next frame, but questions from outside come before them.
  let queued = 0, queuedAt = 0;
  const isQueued = () => queued > 0 && clock() - queuedAt < 1000;
  for (const type of ["click", "keydown"]) {
    globalThis.addEventListener(type, () => {
      queued++;
      queuedAt = clock();
      later(() => later(() => queued--));
    }, true);
  }

  // A form that is sent and a step in the history set out a little later, and nothing tells of them until then.
  let departure = null;
  const isDeparting = () =>
    departure !== null && !departure.event?.defaultPrevented && clock() - departure.since < 1000;
  const depart = event => (departure = { event, since: clock() });
  const ofForm = name => {
    const { get } = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, name);
    return form => Reflect.apply(get, form, []);
  };
  const methodOf = ofForm("method"), targetOf = ofForm("target");
  const send = (form, submitter, event) => {
    if ((submitter?.formMethod || methodOf(form)) === "dialog") return;
    const mine = depart(event);
    if (["", "_self", "_top", "_parent"].includes(submitter?.formTarget || targetOf(form))) return;
    // A frame or a tab that sets out tells of it itself, but not here: two tasks on, it has.
    later(() => later(() => { if (departure === mine) departure = null; }));
  };
  globalThis.addEventListener("submit", event => {
    if (event.target instanceof HTMLFormElement) send(event.target, event.submitter, event);
  }, true);
  wrap(HTMLFormElement.prototype, "submit", (target, self, values) => {
    send(self, null, null);
    return Reflect.apply(target, self, values);
  });
  for (const name of ["back", "forward", "go"]) {
    wrap(History.prototype, name, (target, self, values) => {
      depart(null);
      return Reflect.apply(target, self, values);
    });
  }

  const isDueSoon = () => {
    // What is long overdue will never come: the page was frozen, or somebody else forgot it.
    const now = clock();
    for (const time of due.values()) if (time <= now + QUIET && time > now - 1000) return true;
    return false;
  };
  document.addEventListener("mmina:at-rest", event => {
    const isUnderWay = isLively || running || leavingSince !== null || isDeparting();
    if (!isUnderWay && clock() >= unsettledUntil && !isDueSoon()) event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("mmina:queued", event => {
    if (isQueued()) event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("mmina:heard", event => {
    departure = null;
    event.stopImmediatePropagation();
  }, true);
  // Where it has only just set out, nobody outside may have heard of its request yet.
  document.addEventListener("mmina:leaving", event => {
    if ((leavingSince !== null && clock() - leavingSince < 1000) || isDeparting() || isQueued()) event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
