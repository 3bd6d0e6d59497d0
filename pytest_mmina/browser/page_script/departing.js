// Runs in every document before the page's own scripts. It knows whether the document is about to be replaced, whether
// it has opened a tab or begun a download, and whether effects of a click or a key may still be queued. Playwright
// reports the first three a little later, so each is reported here for a second at most. The page script (settling.js)
// asks with events; preventing the default of an event means yes.
(() => {
  const LONGEST = 1000;
  const clock = performance.now.bind(performance);
  const later = globalThis.setTimeout.bind(globalThis);
  const { getAttribute } = Element.prototype;
  const attribute = (element, name) => (element === null ? null : Reflect.apply(getAttribute, element, [name]));
  const { some } = Array.prototype;
  const isRecent = since => since !== null && clock() - since < LONGEST;
  const wrap = (owner, name, apply) => (owner[name] = new Proxy(owner[name], { apply }));

  // `leavingSince` is set from the start of a navigation to another document until it succeeds or fails. A sent form or
  // a step in the history starts its navigation a little later, without an event until then. `sending` covers that gap.
  let leavingSince = null, openingSince = null, downloadingSince = null, sending = null, clicks = [];
  globalThis.navigation?.addEventListener("navigate", event => {
    const isDownload = event.downloadRequest !== null;
    const isAnother = !isDownload && !event.hashChange && !event.destination.sameDocument;
    leavingSince = isAnother ? clock() : null;
    if (isDownload) downloadingSince = clock();
    sending = null;
  });
  for (const end of ["navigateerror", "navigatesuccess"]) globalThis.navigation?.addEventListener(end, () => { leavingSince = null; });
  for (const name of ["back", "forward", "go"]) {
    wrap(History.prototype, name, (target, self, values) => {
      sending = { event: null, since: clock() };
      return Reflect.apply(target, self, values);
    });
  }

  const isHere = target => ["", "_self", "_top", "_parent"].includes(target.toLowerCase());
  const isFrame = target => some.call(document.querySelectorAll("iframe, frame"), frame => frame.name === target);
  const ofForm = name => {
    const { get } = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, name);
    return form => Reflect.apply(get, form, []);
  };
  const methodOf = ofForm("method"), targetOf = ofForm("target");
  const send = (form, submitter, event) => {
    if ((submitter?.formMethod || methodOf(form)) === "dialog") return;
    const mine = sending = { event, since: clock(), target: submitter?.formTarget || targetOf(form) };
    // A navigation of a frame is reported in the frame and not here. It has started after two tasks.
    if (isFrame(mine.target)) later(() => later(() => { if (sending === mine) sending = null; }));
  };
  globalThis.addEventListener("submit", event => {
    if (event.target instanceof HTMLFormElement) send(event.target, event.submitter, event);
  }, true);
  wrap(HTMLFormElement.prototype, "submit", (target, self, values) => {
    send(self, null, null);
    return Reflect.apply(target, self, values);
  });
  const isSending = () => sending !== null && isRecent(sending.since) && !sending.event?.defaultPrevented;
  const isSentAway = () => isSending() && sending.target !== undefined && !isHere(sending.target) && !isFrame(sending.target);

  const windows = new WeakSet();
  wrap(globalThis, "open", (target, self, values) => {
    const opened = Reflect.apply(target, self, values);
    // A window that was opened before under the same name, or that is part of this page, is not a new tab.
    if (opened === null || (!windows.has(opened) && opened.parent === opened && opened !== globalThis)) openingSince = clock();
    if (opened !== null) windows.add(opened);
    return opened;
  });
  const namesATab = link => {
    // Read the attribute: the `target` property of an SVG link is not a string.
    const target = attribute(link, "target") ?? attribute(document.querySelector("base[target]"), "target") ?? "";
    return !isHere(target) && !isFrame(target);
  };
  wrap(HTMLElement.prototype, "click", (target, self, values) => {
    // A click on an element outside the document does not reach the listener below.
    if (self instanceof HTMLAnchorElement && !self.isConnected && namesATab(self)) openingSince = clock();
    return Reflect.apply(target, self, values);
  });
  // Whether a click opens a tab is known after its event: a script may prevent the default or change the target.
  const linkOf = event => event.composedPath().find(({ localName }) => localName === "a" || localName === "area") ?? null;
  const opensTab = ({ event, link, since }) =>
    link !== null && isRecent(since) && attribute(link, "href") !== null && !event.defaultPrevented && namesATab(link);

  // The browser may report an effect of a click or a key, such as a closed dialog, in a task that it queues then.
  // Chromium delays such tasks until it has drawn the next frame, but runs requests from Playwright before them.
  let queued = 0, queuedAt = null;
  for (const type of ["click", "keydown"]) {
    globalThis.addEventListener(type, event => {
      queued++;
      queuedAt = clock();
      later(() => later(() => queued--));
      // This comes last because it may fail: a page may have replaced the methods of arrays.
      if (type === "click") clicks = [...clicks.filter(({ since }) => isRecent(since)).slice(-9), { event, link: linkOf(event), since: clock() }];
    }, true);
  }

  const answers = {
    leaving: () => isRecent(leavingSince) || (isSending() && !isSentAway()),
    opening: () => isRecent(openingSince) || isSentAway() || clicks.some(opensTab),
    downloading: () => isRecent(downloadingSince),
    queued: () => queued > 0 && isRecent(queuedAt),
    // Not a question: it reports that Playwright knows of the tab or the download.
    heard: () => {
      openingSince = downloadingSince = null;
      clicks = [];
      if (isSentAway()) sending = null;
      return false;
    },
  };
  for (const [question, answer] of Object.entries(answers)) {
    document.addEventListener(`mmina:${question}`, event => {
      if (answer()) event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
  }
})();
