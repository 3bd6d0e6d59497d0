// Runs in every document before the page's own scripts, and knows what is about to become of it: that it makes way for
// another document, that it opens a tab or downloads something, and that the browser has something left to tell it. Of
// the first three the world outside hears a little later, so each is told for a second at most. The page script
// (settling.js) asks by events; the answer yes is to prevent their default.
(() => {
  const LONGEST = 1000;
  const clock = performance.now.bind(performance);
  const later = globalThis.setTimeout.bind(globalThis);
  const { getAttribute } = Element.prototype;
  const attribute = (element, name) => (element === null ? null : Reflect.apply(getAttribute, element, [name]));
  const { some } = Array.prototype;
  const isRecent = since => since !== null && clock() - since < LONGEST;
  const wrap = (owner, name, apply) => (owner[name] = new Proxy(owner[name], { apply }));

  // Another document is on its way, until it is there or comes to nothing. A form that is sent and a step in the history
  // set out a little later, and nothing tells of them until then.
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
    // A frame that sets out tells of it itself, but not here: two tasks on, it has.
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
    // One that was opened by its name before, or is a part of this page, is no other tab.
    if (opened === null || (!windows.has(opened) && opened.parent === opened && opened !== globalThis)) openingSince = clock();
    if (opened !== null) windows.add(opened);
    return opened;
  });
  const namesATab = link => {
    // By the attribute: a link in a drawing has no text for a property.
    const target = attribute(link, "target") ?? attribute(document.querySelector("base[target]"), "target") ?? "";
    return !isHere(target) && !isFrame(target);
  };
  wrap(HTMLElement.prototype, "click", (target, self, values) => {
    // What is not in the document tells no window of its clicks.
    if (self instanceof HTMLAnchorElement && !self.isConnected && namesATab(self)) openingSince = clock();
    return Reflect.apply(target, self, values);
  });
  // Whether a click opens a tab is known when it is over: a script may have prevented it, or named another place.
  const linkOf = event => event.composedPath().find(({ localName }) => localName === "a" || localName === "area") ?? null;
  const opensTab = ({ event, link, since }) =>
    link !== null && isRecent(since) && attribute(link, "href") !== null && !event.defaultPrevented && namesATab(link);

  // What the browser itself makes of a click or a key it may tell in a task that is queued then: a dialog has closed.
  // Chromium puts tasks off until it has drawn the next frame, but questions from outside come before them.
  let queued = 0, queuedAt = null;
  for (const type of ["click", "keydown"]) {
    globalThis.addEventListener(type, event => {
      queued++;
      queuedAt = clock();
      later(() => later(() => queued--));
      // Last: a page may have bent what lists can do.
      if (type === "click") clicks = [...clicks.filter(({ since }) => isRecent(since)).slice(-9), { event, link: linkOf(event), since: clock() }];
    }, true);
  }

  const answers = {
    leaving: () => isRecent(leavingSince) || (isSending() && !isSentAway()),
    opening: () => isRecent(openingSince) || isSentAway() || clicks.some(opensTab),
    downloading: () => isRecent(downloadingSince),
    queued: () => queued > 0 && isRecent(queuedAt),
    // Not a question, but the news from outside that a tab or a download has been heard of.
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
