// Shows the view of an address, and handles the keys that work in every view.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const { h, bdi } = mmina.dom;
  const view = document.getElementById("view");
  const overview = document.getElementById("overview");
  const find = document.getElementById("find");
  let results = null;
  let stepper = null;
  let turn = 0;

  const parsed = () => {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
    const [name, ...rest] = path.split("/").map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
    return { name, rest: rest.join("/"), query: new URLSearchParams(query) };
  };

  const nothing = (words) => {
    view.replaceChildren(h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, "Not found")), h("p", { class: "lack" }, words, " ", h("a", { href: "#/tasks" }, "All tasks")));
  };

  const withBefore = async () => {
    if (results.label === null || results.before) return;
    const { columns } = await mmina.data.json("page/before/overview.js");
    results.before = new mmina.model.Results(columns, "page/before/");
  };

  const route = async ({ moved = true } = {}) => {
    const mine = (turn += 1);
    const { name, rest, query } = parsed();
    stepper = null;
    const isOverview = !["task", "tasks"].includes(name);
    for (const link of document.querySelectorAll("[data-view]")) {
      const own = link.dataset.view === (isOverview ? "overview" : "tasks");
      if (own) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    overview.hidden = !isOverview;
    view.hidden = isOverview;
    delete view.dataset.shown;
    if (name !== "tasks") find.value = "";
    if (moved) window.scrollTo(0, 0);
    if (isOverview) {
      view.replaceChildren();
      document.title = document.querySelector("#gate").textContent.replace(/^\W+/, "mmina: ");
      return;
    }
    if (name === "tasks") {
      document.title = "mmina: tasks";
      mmina.tasks.show(view, results, query);
    } else {
      const found = results.find(rest);
      document.title = mmina.dom.visible(`mmina: ${mmina.dom.cut(rest, 100)}`);
      if (!found) nothing("No task has this name in these results.");
      else if (!found.episode) nothing("This task has no such trial.");
      else {
        await withBefore();
        if (mine !== turn) return;
        const shown = mmina.episode.show(view, results, found.episode, query);
        if (moved) view.querySelector("h1").focus({ preventScroll: true });
        const steps = await shown;
        if (mine !== turn) return;
        stepper = steps;
        view.dataset.shown = rest;
        return;
      }
    }
    if (moved && document.activeElement !== find) view.querySelector("h1")?.focus({ preventScroll: true });
  };

  const onKey = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA|CANVAS)$/.test(event.target.tagName);
    if (event.key === "Escape" && event.target === find) find.blur();
    else if (typing) return;
    else if (event.key === "/") {
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "o") location.hash = "#/";
    else if (event.key === "t") location.hash = "#/tasks";
    else if (event.key === "n" || event.key === "p") view.querySelector(`.neighbours [rel=${event.key === "n" ? "next" : "prev"}]`)?.click();
    else if (stepper?.onKey(event.key)) event.preventDefault();
  };

  const search = () => {
    if (parsed().name !== "tasks") {
      history.pushState(null, "", "#/tasks");
      const text = find.value;
      route();
      find.value = text;
    }
    mmina.tasks.show.search(find.value.trim());
  };

  const begin = async () => {
    const data = await mmina.data.json("page/overview.js");
    results = new mmina.model.Results(data.columns, "page/");
    results.label = data.before;
    results.before = null;
    if (data.changes) {
      results.changed = new Set(data.changes.tasks.map((change) => change.became));
      for (const change of data.changes.tasks) {
        const task = results.byId.get(change.task);
        if (task) task.change = change;
      }
    }
    mmina.results = results;
    window.addEventListener("hashchange", () => route());
    document.addEventListener("keydown", onKey);
    find.addEventListener("input", search);
    find.form.addEventListener("submit", (event) => (event.preventDefault(), search()));
    await route({ moved: false });
    mmina.charts.positions(document.getElementById("positions"), data.positions);
    const map = document.getElementById("heatmap");
    mmina.heatmap(map, results.tasks);
    document.documentElement.dataset.ready = "";
    performance.mark("mmina-ready");
  };

  begin().catch((error) => {
    overview.append(h("p", { class: "lack", role: "alert" }, "The data of this page could not be read: ", bdi(error.message)));
  });
})();
