// Tasks and episodes, built from the columns in the data of the page, and their addresses.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const OUTCOMES = { s: "solved", p: "partial", u: "unsolved", e: "errored" };
  const HOPS = { p: "passed", m: "passed in some trials", f: "failed", n: "not reached", e: "errored" };

  // The state of a hop over all trials, as one letter.
  const together = (letters) => {
    const all = new Set(letters);
    if (all.size === 1) return letters[0];
    if (all.has("p")) return "m";
    return all.has("f") ? "f" : all.has("e") ? "e" : "n";
  };

  class Task {
    constructor(at, columns, names) {
      this.at = at;
      this.id = columns.id[at];
      this.subset = names.subsets[columns.subset[at]];
      this.sites = columns.sites[at].map((number) => names.sites[number]);
      this.hops = columns.hops[at].map((number) => names.hops[number]);
      this.intent = columns.intent[at];
      this.episodes = [];
      // The episodes of the control, the agent before the change, which no rate of this task counts.
      this.control = [];
      this.change = null;
    }

    get searched() {
      this.haystack ??= [this.id, this.intent, ...this.hops, ...this.sites].join("\n").toLowerCase();
      return this.haystack;
    }

    // One letter for each hop, over all trials.
    get states() {
      this.letters ??= this.hops
        .map((_, at) => together(this.episodes.map((episode) => episode.hops[at] ?? "n")))
        .join("");
      return this.letters;
    }

    get seconds() {
      return Math.max(...this.episodes.map((episode) => episode.seconds));
    }

    get solved() {
      return this.episodes.filter((episode) => episode.outcome === "solved").length;
    }
  }

  class Results {
    constructor(columns, root) {
      const { names, tasks, episodes } = columns;
      this.names = names;
      const all = tasks.id.map((_, at) => new Task(at, tasks, names));
      this.byId = new Map(all.map((task) => [task.id, task]));
      this.episodes = episodes.task.map((at, number) => {
        const task = all[at];
        const trial = episodes.trial[number];
        const kept = episodes.recording[number];
        const name = kept === 1 ? `${task.id}/${trial}` : kept;
        const episode = {
          number,
          task,
          trial,
          arm: episodes.arm?.[number] ?? "",
          outcome: OUTCOMES[episodes.outcome[number]],
          hops: episodes.hops[number],
          steps: episodes.steps[number],
          seconds: episodes.seconds[number],
          tokens: episodes.tokens[number] ?? null,
          cost: episodes.cost[number] ?? null,
          agent: names.agents[episodes.agent[number]],
          browser: names.browsers[episodes.browser[number]],
          chunk: `${root}episodes/${episodes.chunk[number]}.js`,
          recording: name ? `${root === "page/" ? "" : root}trajectories/${name}.js` : "",
          trace: episodes.trace[number] === 1,
          violated: episodes.violated?.[number] ?? 0,
          root: root === "page/" ? "" : root,
        };
        const arm = episode.arm ? task.control : task.episodes;
        const among = 1 + arm.filter((other) => other.trial === trial).length;
        episode.name = `${episode.arm}${episode.arm ? "-" : ""}trial${trial}${among > 1 ? `-${among}` : ""}`;
        episode.words = `${episode.arm}${episode.arm ? ", " : ""}trial ${trial}${among > 1 ? ` (${among})` : ""}`;
        arm.push(episode);
        return episode;
      });
      this.tasks = all.filter((task) => task.episodes.length);
      const first = new Map();
      this.episodes.forEach((episode, number) => {
        if (!first.has(episode.chunk)) first.set(episode.chunk, number);
        episode.place = number - first.get(episode.chunk);
      });
    }

    // The complete record of an episode.
    async record(episode) {
      return (await mmina.data.json(episode.chunk))[episode.place];
    }

    // The task and episode of an address. The name of a task can end like that of a trial.
    find(path) {
      const whole = this.byId.get(path);
      if (whole) {
        const wanted = whole.episodes.find((episode) => episode.outcome !== "solved") ?? whole.episodes[0] ?? whole.control[0];
        return { task: whole, episode: wanted };
      }
      const at = path.lastIndexOf("/");
      const task = this.byId.get(path.slice(0, at));
      const episode = [...(task?.episodes ?? []), ...(task?.control ?? [])].find((each) => each.name === path.slice(at + 1));
      return task ? { task, episode } : null;
    }
  }

  const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");
  const taskAddress = (task) => `#/task/${encoded(task.id)}`;
  const episodeAddress = (episode) => `${taskAddress(episode.task)}/${episode.name}`;

  mmina.model = { Results, HOPS, OUTCOMES: Object.values(OUTCOMES), together, taskAddress, episodeAddress };
})();
