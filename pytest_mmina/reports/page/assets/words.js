// Steps in words. Equal actions have equal words: these contain no references, ports or times.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const QUOTED = 120;

  const quoted = (text) => `“${mmina.dom.cut(text.replace(/\s+/g, " "), QUOTED)}”`;

  const target = (what, element) => {
    if (!what) return "";
    if (typeof what.x === "number") return `${what.x}, ${what.y}`;
    if (!element) return "an unknown element";
    return `${element.role} ${quoted(element.name)}${element.position > 1 ? ` #${element.position}` : ""}`;
  };

  // An address without scheme and port, so that it is the same in every session.
  const place = (address) => {
    try {
      const { protocol, hostname, pathname, search, hash } = new URL(address);
      return /^https?:$/.test(protocol) ? `${hostname}${pathname}${search}${hash}` : address;
    } catch {
      return address;
    }
  };

  const rest = (action, step) => {
    const about = target(action.target, step.element);
    switch (action.kind) {
      case "goto":
        return place(action.text);
      case "type":
        return `${about ? `${about} ← ` : ""}${quoted(action.text)}${action.enter ? " ⏎" : ""}`;
      case "select":
      case "upload":
        return `${about} ← ${action.values.map(quoted).join(", ")}`;
      case "drag":
        return `${about} → ${target(action.to, step.to)}`;
      case "press":
      case "key_down":
      case "key_up":
        return `${about ? `${about} ← ` : ""}${action.text}`;
      case "scroll":
        return about || (action.dx || action.dy ? `${action.dx}, ${action.dy}` : action.direction);
      case "tab_focus":
        return String(action.tab);
      case "wait":
        return `${action.seconds} s`;
      case "stop":
        return action.text ? quoted(action.text) : "";
      default:
        // An action without words of its own is described by its fields.
        return [about, ...(action.to ? ["→", target(action.to, step.to)] : []), (action.values ?? []).map(quoted).join(", "), action.text]
          .filter(Boolean)
          .join(" ");
    }
  };

  // The words of a step: the kind of action, and the rest.
  const deed = (step) => {
    if (step.action) return [step.action.kind.replace("_", " "), rest(step.action, step)];
    if (step.arrived) return ["came to", place(step.url)];
    return step.said ? ["no action", ""] : ["the end", ""];
  };

  const key = (step) => `${deed(step).join(" ")}\n${place(step.url)}`;

  const number = (value) => value.toLocaleString("en");
  const seconds = (value) => (value >= 90 ? `${Math.floor(value / 60)} min ${Math.round(value % 60)} s` : `${value} s`);

  mmina.words = { deed, key, place, number, seconds };
})();
