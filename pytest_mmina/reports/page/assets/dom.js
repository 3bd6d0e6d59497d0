// Elements and texts. All text from pages and agents passes through `visible` and becomes text, never markup.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const LONG = 1500;
  const SHOWN_AT_ONCE = 200000;

  // Replaces control characters by their symbols, except line breaks and tabs.
  const visible = (text) =>
    String(text)
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, (sign) => String.fromCharCode(0x2400 + sign.charCodeAt(0)))
      .replace(/\u007f/g, "\u2421")
      .toWellFormed();

  const fill = (element, children) => {
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined && child !== false) {
        element.append(child instanceof Node ? child : visible(child));
      }
    }
    return element;
  };

  const set = (element, properties) => {
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : visible(value));
    }
    return element;
  };

  const h = (tag, properties, ...children) => fill(set(document.createElement(tag), properties), children);
  const svg = (tag, properties, ...children) =>
    fill(set(document.createElementNS("http://www.w3.org/2000/svg", tag), properties), children);

  // A text with its own writing direction, which does not affect the text around it.
  const bdi = (text, properties) => h("bdi", properties, text);

  const cut = (text, limit) => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`);

  // A text of any length: the beginning, and a button that shows more, one piece at a time.
  const long = (text, { limit = LONG, className = "prose" } = {}) => {
    const body = h("div", { class: className, dir: "auto" }, text.slice(0, limit));
    if (text.length <= limit) return body;
    let shown = limit;
    const button = h("button", { type: "button", class: "quiet" });
    const tell = () => {
      button.textContent = `Show more (${shown.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters)`;
    };
    button.addEventListener("click", () => {
      body.append(visible(text.slice(shown, shown + SHOWN_AT_ONCE)));
      shown += SHOWN_AT_ONCE;
      if (shown < text.length) tell();
      else button.remove();
    });
    tell();
    return h("div", { class: "long" }, body, button);
  };

  // Scrolls a list so that an entry is in its middle, without scrolling the page.
  const reveal = (entry) => {
    const list = entry.closest(".timeline");
    if (list) list.scrollTop += entry.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
  };

  const say = (text) => {
    document.getElementById("told").textContent = visible(text);
  };

  mmina.dom = { h, svg, bdi, cut, long, reveal, say, visible };
})();
