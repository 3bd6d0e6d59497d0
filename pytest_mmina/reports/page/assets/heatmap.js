// A heat map on a canvas: each column is a task, its hops from top to bottom, grouped by subset. Any number of tasks.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const GAP = 9;
  const LABEL = 22;
  const LEAST = 90;

  const sizeFor = (tasks) => (tasks <= 150 ? 16 : tasks <= 600 ? 11 : tasks <= 2500 ? 7 : 5);

  // The place of every task: one block per subset, side by side if they fit, otherwise in several lines.
  const layout = (tasks, width, size) => {
    const subsets = new Map();
    for (const task of tasks) {
      if (!subsets.has(task.subset)) subsets.set(task.subset, []);
      subsets.get(task.subset).push(task);
    }
    const across = Math.max(1, Math.floor(width / size));
    const places = [];
    const labels = [];
    let [left, top, bottom] = [0, 0, 0];
    for (const [subset, members] of subsets) {
      const wide = Math.max(Math.min(members.length, across) * size, LEAST);
      if (left > 0 && left + wide > width) [left, top] = [0, bottom];
      labels.push({ text: `${subset}  ${members.length}`, left, top, wide });
      let line = top + LABEL;
      for (let from = 0; from < members.length; from += across) {
        const row = members.slice(from, from + across);
        row.forEach((task, at) => places.push({ task, left: left + at * size, top: line }));
        line += Math.max(...row.map((task) => task.hops.length)) * size + GAP;
      }
      bottom = Math.max(bottom, line);
      left += wide + 2 * GAP;
    }
    return { places, labels, height: bottom };
  };

  // A canvas cannot read CSS variables, so an element reads them.
  const colours = () => {
    const probe = mmina.dom.h("i", { hidden: true });
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const names = { p: "passed-fill", f: "failed-fill", n: "rest-fill", e: "errored-fill", text: "text", muted: "muted", sign: "sign" };
    const found = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, read(name)]));
    probe.remove();
    return found;
  };

  const drawCell = (context, letter, left, top, size, palette) => {
    const inner = size > 8 ? size - 2 : size - 1;
    context.fillStyle = palette[letter] ?? palette.f;
    context.fillRect(left, top, inner, inner);
    if (letter === "m") {
      // Half of the cell is filled: the hop passed in some trials only.
      context.fillStyle = palette.p;
      context.beginPath();
      context.moveTo(left, top);
      context.lineTo(left + inner, top);
      context.lineTo(left, top + inner);
      context.fill();
    }
    if (size < 10) return;
    context.strokeStyle = context.fillStyle = palette.sign;
    context.lineWidth = 1.5;
    const third = inner / 3;
    if (letter === "f") {
      context.beginPath();
      context.moveTo(left + third, top + third);
      context.lineTo(left + inner - third, top + inner - third);
      context.moveTo(left + inner - third, top + third);
      context.lineTo(left + third, top + inner - third);
      context.stroke();
    } else if (letter === "e") {
      context.fillRect(left + inner / 2 - 1, top + inner * 0.22, 2, inner * 0.34);
      context.fillRect(left + inner / 2 - 1, top + inner * 0.68, 2, 2);
    }
  };

  // Marks above the column of a task: down if a hop broke, up if a hop passes now.
  const drawMark = (context, up, left, top, size, palette) => {
    const half = Math.max(2.5, Math.min(4, size / 2 - 1));
    const middle = left + size / 2 - 0.5;
    context.fillStyle = palette.text;
    context.beginPath();
    context.moveTo(middle - half, top - (up ? 2 : 2 + half));
    context.lineTo(middle + half, top - (up ? 2 : 2 + half));
    context.lineTo(middle, top - (up ? 2 + half : 2));
    context.fill();
  };

  const marksOf = (task) => {
    const became = (task.change?.hops ?? []).map((hop) => hop.became);
    return { broke: became.includes("broke") || became.includes("less"), mended: became.includes("mended") || became.includes("more") };
  };

  const description = (task) => {
    const states = [...task.states].map((letter, at) => `${at + 1} ${mmina.model.HOPS[letter]}`).join(", ");
    const change = task.change ? `, ${task.change.became}` : "";
    return `${task.id}: ${task.solved} of ${task.episodes.length} solved${change}. Hops: ${states}`;
  };

  const heatmap = (container, tasks) => {
    const { h, cut } = mmina.dom;
    const canvas = h("canvas", {
      tabindex: "0",
      role: "img",
      "aria-label": `Heat map of ${tasks.length} tasks; arrow keys go from task to task, Enter opens one`,
      "aria-describedby": "heatmap-description",
    });
    const bubble = h("div", { class: "bubble", id: "heatmap-description", role: "status" });
    const frame = h("div", { class: "frame", hidden: true });
    const box = h("div", { class: "canvas" }, canvas, frame);
    const size = sizeFor(tasks.length);
    let drawn = { places: [], labels: [], height: 0 };
    let chosen = -1;

    const mark = () => {
      const place = drawn.places[chosen];
      frame.hidden = !place;
      if (!place) return;
      Object.assign(frame.style, {
        left: `${place.left - 2}px`,
        top: `${place.top - 2}px`,
        width: `${size + 3}px`,
        height: `${place.task.hops.length * size + 3}px`,
      });
    };

    const draw = () => {
      const width = box.clientWidth - 2;
      if (width <= 0) return;
      drawn = layout(tasks, width, size);
      const scale = window.devicePixelRatio || 1;
      canvas.width = width * scale;
      canvas.height = drawn.height * scale;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${drawn.height}px`;
      const context = canvas.getContext("2d");
      const palette = colours();
      context.scale(scale, scale);
      context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
      for (const label of drawn.labels) {
        context.fillStyle = palette.muted;
        context.fillText(mmina.dom.visible(cut(label.text, 80)), label.left, label.top + 11, label.wide);
      }
      for (const place of drawn.places) {
        [...place.task.states].forEach((letter, hop) =>
          drawCell(context, letter, place.left, place.top + hop * size, size, palette));
        const { broke, mended } = marksOf(place.task);
        if (broke) drawMark(context, false, place.left, place.top, size, palette);
        else if (mended) drawMark(context, true, place.left, place.top, size, palette);
      }
      mark();
    };

    const at = (event) => {
      const { left, top } = canvas.getBoundingClientRect();
      const x = event.clientX - left;
      const y = event.clientY - top;
      return drawn.places.findIndex(
        (place) => x >= place.left && x < place.left + size && y >= place.top - 6 && y < place.top + place.task.hops.length * size,
      );
    };
    const choose = (number, { scroll = false } = {}) => {
      if (number === chosen) return;
      chosen = number;
      const place = drawn.places[number];
      bubble.replaceChildren(place ? mmina.dom.visible(description(place.task)) : "");
      mark();
      if (place && scroll) box.scrollTop = Math.max(0, place.top - box.clientHeight / 2);
    };

    canvas.addEventListener("mousemove", (event) => choose(at(event)));
    canvas.addEventListener("mouseleave", () => choose(-1));
    canvas.addEventListener("click", (event) => {
      const place = drawn.places[at(event)];
      if (place) location.hash = mmina.model.taskAddress(place.task);
    });
    canvas.addEventListener("keydown", (event) => {
      const across = Math.max(1, Math.floor((box.clientWidth - 2) / size));
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across };
      if (event.key in steps) {
        event.preventDefault();
        const last = drawn.places.length - 1;
        choose(Math.max(0, Math.min(last, Math.max(chosen, 0) + (chosen < 0 ? 0 : steps[event.key]))), { scroll: true });
      } else if (event.key === "Enter" && drawn.places[chosen]) {
        location.hash = mmina.model.taskAddress(drawn.places[chosen].task);
      }
    });

    const legend = Object.entries(mmina.model.HOPS).map(([letter, words]) =>
      h("li", null, h("i", { class: `cell ${letter}`, "aria-hidden": "true" }), words));
    if (tasks.some((task) => task.change)) {
      legend.push(h("li", null, "▾ a hop broke, or passes less often"), h("li", null, "▴ a hop passes now, or more often"));
    }
    container.replaceChildren(
      h("p", { class: "sub" }, "A column is a task, its first hop on top, all trials together. ", h("a", { href: "#/tasks" }, "The same tasks as a table")),
      h("ul", { class: "legend" }, legend),
      box,
      bubble,
    );
    draw();
    new ResizeObserver(draw).observe(box);
    window.addEventListener("mmina-theme", draw);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  };

  mmina.heatmap = heatmap;
})();
