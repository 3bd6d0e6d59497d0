// One step: the page that the agent saw, its action, and its words.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const { h, svg, bdi, long } = mmina.dom;

  // A mark on the screenshot: the box of the element, or the point.
  const outline = (step, width, height) => {
    const target = step.action?.target;
    const around = { viewBox: `0 0 ${width} ${height}`, class: "box", "aria-hidden": "true", focusable: "false" };
    if (target && typeof target.x === "number") {
      return svg("svg", around, svg("circle", { cx: target.x, cy: target.y, r: 14 }), svg("circle", { cx: target.x, cy: target.y, r: 2 }));
    }
    if (!step.box) return null;
    const [left, top, right, bottom] = step.box;
    return svg("svg", around, svg("rect", { x: left - 3, y: top - 3, width: right - left + 6, height: bottom - top + 6, rx: 4 }));
  };

  const picture = (step, root) => {
    const name = step.pictures?.screenshot ?? step.pictures?.marks;
    const path = name && mmina.data.picture(name);
    if (!path) return null;
    const image = h("img", { src: `${root}${path}`, alt: `Screenshot before step ${step.number}`, decoding: "async" });
    const frame = h("div", { class: "shot" }, image);
    image.addEventListener("load", () => {
      const box = outline(step, image.naturalWidth, image.naturalHeight);
      if (box) frame.append(box);
    });
    image.addEventListener("error", () => frame.replaceChildren(h("p", { class: "lack" }, "The screenshot is not in the folder of the results.")));
    return frame;
  };

  const folded = (words, content, open = false) =>
    content ? h("details", { open }, h("summary", null, words), content) : null;

  const listed = (items) => (items?.length ? h("ul", { class: "plain" }, items.map((item) => h("li", null, item))) : null);

  const named = (term, content) => (content ? h("div", { class: "part" }, h("h4", null, term), content) : null);

  const usage = (step) =>
    step.usage ? `${step.usage.complete === false ? "at least " : ""}${mmina.words.number(step.usage.input_tokens + step.usage.output_tokens)} tokens${step.usage.cost ? `, $${step.usage.cost.toFixed(4)}` : ""}` : "";

  // What happened during an action is stored in the next step; what happened before the first action, in the first step.
  const during = (name, step, next) => [...(step.number === 1 ? (step[name] ?? []) : []), ...(next?.[name] ?? [])];

  // `next` is the step after this one; it has the result of the action.
  const stage = (step, next, trajectory, { root = "", heading = "h3" } = {}) => {
    const [kind, rest] = mmina.words.deed(step);
    const texts = Object.entries(step.texts ?? {});
    const main = step.text ? trajectory.texts.get(step.text) : "";
    const refused = next?.blocked ? next.error : "";
    return h("article", { class: "stage" },
      h(heading, { class: "deed" }, h("span", { class: "kind" }, kind), " ", bdi(rest)),
      h("p", { class: "where" }, bdi(step.title || "untitled"), " ", h("code", null, bdi(step.url))),
      picture(step, root),
      next?.error && !refused ? named("It failed", h("p", { class: "wrong", dir: "auto" }, next.error)) : null,
      refused ? named("Blocked request", h("p", { class: "wrong", dir: "auto" }, refused)) : null,
      step.number === 1 && step.error ? named("At the start", h("p", { class: "wrong", dir: "auto" }, step.error)) : null,
      named("The agent's words", step.said && !step.arrived ? long(step.said) : null),
      named("Note", step.note ? long(step.note) : null),
      named("Also happened", listed(during("events", step, next))),
      named("Console errors", listed(during("console_errors", step, next))),
      named("Failed requests", listed(during("failed_requests", step, next))),
      step.tabs?.length > 1 ? named("Tabs", listed(step.tabs.map((tab) => `${tab.current ? "▸ " : ""}${tab.title} — ${tab.url}`))) : null,
      h("p", { class: "aside" }, [`after ${mmina.words.seconds(Math.round(10 * step.seconds) / 10)}`, usage(step)].filter(Boolean).join(" · ")),
      folded("What the agent saw", main ? long(main, { limit: 6000, className: "raw" }) : null, !step.pictures?.screenshot),
      texts.map(([name, digest]) => folded(`What the agent saw, as ${name}`, long(trajectory.texts.get(digest) ?? "", { limit: 6000, className: "raw" }))));
  };

  mmina.step = { stage };
})();
