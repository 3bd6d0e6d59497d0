// Runs in every document before the page's own scripts and counts what they start: timers, animation frames, requests,
// messages. The page script (settling.js) asks with an event. If nobody prevents its default, something is due within
// the next QUIET milliseconds, or may be. Navigations are reported by departing.js.
(() => {
  const QUIET = 20;
  const clock = performance.now.bind(performance);
  const due = new Map();
  let running = 0;
  let unsettledUntil = 0;
  let isLively = false;

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

  // These may call back at any time.
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

  const isDueSoon = () => {
    // A call that is long overdue will not come: the page was frozen, or the call was cancelled in another way.
    const now = clock();
    for (const time of due.values()) if (time <= now + QUIET && time > now - 1000) return true;
    return false;
  };
  document.addEventListener("mmina:at-rest", event => {
    if (!isLively && !running && clock() >= unsettledUntil && !isDueSoon()) event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
