// The chart "Where chains break", drawn by Chartist; the page has the same numbers as a table.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});

  const positions = (container, byPosition) => {
    // Chartist draws bars from the bottom up.
    const places = Object.entries(byPosition).reverse();
    if (!places.length) return;
    const { h } = mmina.dom;
    const rows = places.map(([, place]) => place);
    const series = [
      { name: "passed", className: "ct-passed", data: rows.map((row) => row.passed) },
      { name: "broke here first", className: "ct-broke", data: rows.map((row) => row.broke_first) },
      { name: "not reached", className: "ct-rest", data: rows.map((row) => row.hops - row.passed - row.broke_first) },
    ];
    const canvas = h("div", { class: "ct-chart" });
    container.append(
      canvas,
      h("ul", { class: "legend" }, series.map((one) => h("li", { class: one.className }, one.name))),
    );
    const chart = new Chartist.BarChart(
      canvas,
      { labels: places.map(([place]) => `hop ${place}`), series },
      {
        stackBars: true,
        horizontalBars: true,
        height: `${34 + 30 * places.length}px`,
        axisX: { onlyInteger: true, offset: 24 },
        axisY: { offset: 72, showGrid: false },
        chartPadding: { top: 4, right: 16, bottom: 0, left: 0 },
      },
    );
    chart.on("draw", (drawn) => {
      if (drawn.type !== "bar") return;
      const row = rows[drawn.index];
      if (drawn.seriesIndex === 1 && row.broke_first > 0) {
        const share = Math.round((100 * row.broke_first) / row.hops);
        const label = mmina.dom.svg("text", { x: drawn.x2 - 6, y: drawn.y1 + 4, class: "ct-share" }, `${share} %`);
        if (drawn.x2 - drawn.x1 > 40) drawn.group.getNode().append(label);
      }
    });
  };

  mmina.charts = { positions };
})();
