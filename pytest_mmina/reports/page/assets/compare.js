// Two trajectories side by side: equal steps are in the same row, and the first difference is marked.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const { h, bdi, cut, reveal, say } = mmina.dom;
  const MOST = 4000000;

  // Pairs of positions, null if one side has no such step: the longest common subsequence of the actions.
  const aligned = (one, other) => {
    const pairs = [];
    let begin = 0;
    while (begin < one.length && begin < other.length && one[begin] === other[begin]) pairs.push([begin, begin++]);
    const [left, right] = [one.slice(begin), other.slice(begin)];
    if (left.length * right.length > MOST) {
      const longest = Math.max(left.length, right.length);
      for (let at = 0; at < longest; at += 1) pairs.push([at < left.length ? begin + at : null, at < right.length ? begin + at : null]);
      return pairs;
    }
    const width = right.length + 1;
    const lengths = new Uint32Array((left.length + 1) * width);
    for (let i = left.length - 1; i >= 0; i -= 1) {
      for (let j = right.length - 1; j >= 0; j -= 1) {
        lengths[i * width + j] =
          left[i] === right[j] ? 1 + lengths[(i + 1) * width + j + 1] : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      }
    }
    let [i, j] = [0, 0];
    let parted = [[], []];
    // Between two common steps, the steps that only one side has are paired one by one.
    const settle = () => {
      const longest = Math.max(parted[0].length, parted[1].length);
      for (let at = 0; at < longest; at += 1) pairs.push([parted[0][at] ?? null, parted[1][at] ?? null]);
      parted = [[], []];
    };
    while (i < left.length || j < right.length) {
      if (i < left.length && j < right.length && left[i] === right[j]) {
        settle();
        pairs.push([begin + i++, begin + j++]);
      } else if (j >= right.length || (i < left.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
        parted[0].push(begin + i++);
      } else {
        parted[1].push(begin + j++);
      }
    }
    settle();
    return pairs;
  };

  const found = (results, episode, beside) => {
    const [, before, name] = /^(before:)?(.*)$/.exec(beside);
    const among = before ? results.before?.byId.get(episode.task.id)?.episodes : [...episode.task.episodes, ...episode.task.control];
    const other = among?.find((each) => each.name === name);
    return other ? { other, words: `${before ? "before, " : ""}${other.words}` } : null;
  };

  const show = async (results, episode, trajectory, beside) => {
    const match = found(results, episode, beside);
    const lack = (words) => ({ element: h("p", { class: "lack" }, words), onKey: () => false });
    if (!match) return lack("There is no such episode to compare with this one.");
    if (!match.other.recording) return lack(`No trajectory of ${match.words} was recorded.`);
    let theirs;
    try {
      theirs = await mmina.data.trajectory(match.other.recording);
    } catch (error) {
      return lack(error.message);
    }
    const sides = [
      { words: match.words, episode: match.other, trajectory: theirs },
      { words: episode.words, episode, trajectory },
    ];
    const keys = sides.map((side) => side.trajectory.steps.map(mmina.words.key));
    const pairs = aligned(...keys);
    const differs = (pair) => pair[0] === null || pair[1] === null || keys[0][pair[0]] !== keys[1][pair[1]];
    const first = pairs.findIndex(differs);
    const stages = sides.map(() => h("div", { class: "stages" }));
    let chosen = -1;

    const half = (side, at) => {
      const step = at === null ? null : side.trajectory.steps[at];
      if (!step) return h("span", { class: "half none" }, "–");
      const [kind, rest] = mmina.words.deed(step);
      return h("span", { class: "half" }, h("span", { class: "at" }, step.number), " ", h("b", null, kind), " ", bdi(cut(rest, 100)));
    };
    const rows = pairs.map((pair, at) =>
      h("button", { type: "button", class: differs(pair) ? "differs" : null, onclick: () => choose(at) },
        half(sides[0], pair[0]),
        h("span", { class: "sign" }, at === first ? "first difference" : differs(pair) ? "≠" : "=",),
        half(sides[1], pair[1])));
    const choose = (at, { quiet = false } = {}) => {
      const to = Math.max(0, Math.min(pairs.length - 1, at));
      if (to === chosen || !pairs.length) return;
      rows[chosen]?.removeAttribute("aria-current");
      chosen = to;
      rows[to].setAttribute("aria-current", "step");
      reveal(rows[to]);
      sides.forEach((side, number) => {
        const step = pairs[to][number];
        const { steps } = side.trajectory;
        stages[number].replaceChildren(
          h("p", { class: "side" }, side.words, " ", h("span", { class: `mark ${side.episode.outcome}` }, side.episode.outcome)),
          step === null ? h("p", { class: "lack" }, "No such step here.") : mmina.step.stage(steps[step], steps[step + 1], side.trajectory, { root: side.episode.root }));
      });
      if (!quiet) say(`Pair ${to + 1} of ${pairs.length}${differs(pairs[to]) ? ", different" : ""}`);
    };
    choose(first < 0 ? 0 : first, { quiet: true });
    const moves = { ArrowRight: () => chosen + 1, ArrowLeft: () => chosen - 1, ArrowDown: () => chosen + 1, ArrowUp: () => chosen - 1, Home: () => 0, End: () => pairs.length - 1, d: () => first };
    const verdict = first < 0 ? "Both do the same, step by step." : `The first difference is at ${pairs[first][1] === null ? "the end" : `step ${pairs[first][1] + 1}`}; ${match.words} is on the left.`;
    const element = h("section", { class: "steps compared", "aria-labelledby": "steps" },
      h("h2", { id: "steps" }, "Side by side ", h("small", null, h("kbd", null, "←"), " ", h("kbd", null, "→"), first >= 0 ? [" ", h("kbd", null, "d"), " first difference"] : null)),
      h("p", { class: "sub" }, verdict),
      h("ol", { class: "timeline pairs" }, rows.map((row) => h("li", null, row))),
      h("div", { class: "halves" }, stages));
    return { element, choose, onKey: (key) => (key in moves && moves[key]() >= 0 ? (choose(moves[key]()), true) : false) };
  };

  mmina.compare = { show, aligned };
})();
