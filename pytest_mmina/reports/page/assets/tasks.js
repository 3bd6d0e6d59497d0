// The list of tasks: searched, filtered, sorted, one hundred per page. The address contains all choices.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const { h, bdi, cut } = mmina.dom;
  const A_PAGE = 100;
  const SORTS = {
    "": ["by name", null],
    worst: ["least solved first", (task) => task.solved / task.episodes.length],
    slowest: ["slowest first", (task) => -task.seconds],
    longest: ["most steps first", (task) => -Math.max(...task.episodes.map((episode) => episode.steps))],
    costliest: ["costliest first", (task) => -Math.max(...task.episodes.map((episode) => episode.cost ?? episode.tokens ?? 0))],
    hops: ["most hops first", (task) => -task.hops.length],
  };
  const CHANGES = { worse: "worse", gone: "gone", mixed: "mixed", better: "better", changed: "changed", new: "new" };

  const unique = (values) => [...new Set(values)];

  const fields = (results) => {
    const counts = unique(results.tasks.map((task) => task.hops.length)).sort((one, other) => one - other);
    return [
      { name: "subset", label: "Subset", options: results.names.subsets.map((name) => [name, name]).sort() },
      { name: "site", label: "Site", options: results.names.sites.map((name) => [name, name]).sort() },
      { name: "hops", label: "Hops", options: counts.map((count) => [String(count), String(count)]) },
      { name: "outcome", label: "Outcome", options: mmina.model.OUTCOMES.map((name) => [name, name]) },
      { name: "constraints", label: "Constraints", options: results.episodes.some((episode) => episode.violated) ? [["broken", "broken"], ["kept", "kept"]] : [] },
      {
        name: "change",
        label: "Change",
        options: results.changed ? [["any", "any"], ...Object.entries(CHANGES).filter(([name]) => results.changed.has(name))] : [],
      },
    ];
  };

  const TESTS = {
    subset: (task, wanted) => task.subset === wanted,
    site: (task, wanted) => task.sites.includes(wanted),
    hops: (task, wanted) => task.hops.length === Number(wanted),
    outcome: (task, wanted) => task.episodes.some((episode) => episode.outcome === wanted),
    constraints: (task, wanted) => task.episodes.some((episode) => episode.violated) === (wanted === "broken"),
    change: (task, wanted) => task.change !== null && (wanted === "any" || task.change.became === wanted),
  };

  // The tasks that match all filters, in the chosen order.
  const chosen = (results, wanted) => {
    const words = (wanted.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const tests = Object.entries(TESTS).filter(([name]) => wanted.get(name));
    const found = results.tasks.filter(
      (task) =>
        tests.every(([name, test]) => test(task, wanted.get(name))) &&
        words.every((word) => task.searched.includes(word)),
    );
    const by = SORTS[wanted.get("sort") ?? ""]?.[1];
    return by ? found.map((task) => [by(task), task]).sort((a, b) => a[0] - b[0]).map(([, task]) => task) : found;
  };

  const cells = (task) =>
    h("span", { class: "cells", role: "img", "aria-label": [...task.states].map((letter, at) => `${at + 1} ${mmina.model.HOPS[letter]}`).join(", ") },
      [...task.states].map((letter) => h("i", { class: `cell ${letter}` })));

  const row = (task) => {
    const many = task.episodes.length > 12;
    const shown = many ? task.episodes.slice(0, 12) : task.episodes;
    return h("tr", null,
      h("th", { scope: "row" },
        h("a", { href: mmina.model.taskAddress(task) }, bdi(cut(task.id, 120))),
        task.intent ? h("p", { class: "intent", dir: "auto" }, cut(task.intent, 160)) : null),
      h("td", { "data-label": "Hops" }, cells(task)),
      h("td", { "data-label": "Trials" },
        h("span", { class: "trials" },
          shown.map((episode) =>
            h("a", { class: `mark ${episode.outcome}`, href: mmina.model.episodeAddress(episode) },
              h("span", { class: "unseen" }, `${episode.words}: `), episode.outcome, episode.violated ? ", constraint broken" : "")),
          many ? h("small", null, ` and ${task.episodes.length - 12} more`) : null)),
      h("td", { "data-label": "Change" }, task.change ? h("span", { class: `change ${task.change.became}` }, task.change.became) : null),
      h("td", { class: "number", "data-label": "Steps" }, Math.max(...task.episodes.map((episode) => episode.steps))),
      h("td", { class: "number", "data-label": "Seconds" }, task.seconds));
  };

  const select = (field, wanted, changed) => {
    const control = h("select", { id: `by-${field.name}`, onchange: () => changed(field.name, control.value) },
      h("option", { value: "" }, "all"),
      field.options.map(([value, words]) => h("option", { value }, cut(words, 60))));
    // If the value in the address is not an option, `value` selects none.
    control.value = wanted.get(field.name) ?? "";
    if (control.selectedIndex < 0) control.value = "";
    return h("div", { class: "field" }, h("label", { for: `by-${field.name}` }, field.label), control);
  };

  const show = (view, results, query) => {
    const wanted = new URLSearchParams(query);
    const count = h("p", { class: "count", role: "status" });
    const body = h("tbody");
    const pager = h("nav", { class: "pager", "aria-label": "Pages of tasks" });

    const fillPage = (found) => {
      const last = Math.max(0, Math.ceil(found.length / A_PAGE) - 1);
      const at = Math.max(0, Math.min(last, (Number(wanted.get("page")) || 1) - 1));
      const from = at * A_PAGE;
      count.textContent = `${mmina.words.number(found.length)} of ${mmina.words.number(results.tasks.length)} tasks`;
      body.replaceChildren(...found.slice(from, from + A_PAGE).map(row));
      const turn = (words, to) =>
        h("button", { type: "button", disabled: to < 0 || to > last || to === at, onclick: () => (changed("page", to ? String(to + 1) : ""), window.scrollTo(0, 0)) }, words);
      pager.replaceChildren(
        turn("First", 0), turn("Previous", at - 1),
        h("span", null, found.length ? `${mmina.words.number(from + 1)}–${mmina.words.number(Math.min(found.length, from + A_PAGE))}` : "none"),
        turn("Next", at + 1), turn("Last", last));
      pager.hidden = last === 0;
    };
    const changed = (name, value) => {
      if (value) wanted.set(name, value);
      else wanted.delete(name);
      if (name !== "page") wanted.delete("page");
      const address = String(wanted);
      history.replaceState(null, "", `#/tasks${address ? `?${address}` : ""}`);
      fillPage(chosen(results, wanted));
    };

    const sort = { name: "sort", label: "Order", options: Object.entries(SORTS).slice(1).map(([name, [words]]) => [name, words]) };
    const controls = fields(results).filter((field) => field.options.length > 1).map((field) => select(field, wanted, changed));
    const order = select(sort, wanted, changed);
    order.querySelector("option").textContent = SORTS[""][0];
    const search = document.getElementById("find");
    search.value = wanted.get("q") ?? "";
    show.search = (text) => changed("q", text);
    view.replaceChildren(
      h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, "Tasks"), count),
      h("form", { class: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() }, controls, order),
      h("table", { class: "tasks" },
        h("caption", { class: "unseen" }, "Tasks"),
        h("thead", null, h("tr", null, ["Task", "Hops", "Trials", "Change"].map((name) => h("th", { scope: "col" }, name)),
          ["Steps", "Seconds"].map((name) => h("th", { scope: "col", class: "number" }, name)))),
        body),
      pager);
    fillPage(chosen(results, wanted));
  };

  mmina.tasks = { show, chosen };
})();
