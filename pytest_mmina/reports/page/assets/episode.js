// One episode: its task, its hops with reasons, and its steps one by one.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const { h, bdi, long, reveal, say } = mmina.dom;
  const { deed, number, seconds } = mmina.words;

  const letterOf = (episode, at) => episode.hops[at] ?? "n";
  const WORDS = { p: "passed", f: "not passed", n: "not reached", e: "errored" };

  const hops = (record, episode, goTo) =>
    h("ol", { class: "hops" }, record.hops.map((hop, at) => {
      const letter = letterOf(episode, at);
      const change = episode.task.change?.hops.find((each) => each.position === at + 1);
      return h("li", { class: letter },
        h("i", { class: `cell ${letter}`, "aria-hidden": "true" }),
        h("div", null,
          h("p", { class: "name" }, bdi(hop.alternative ? `${hop.name} (${hop.alternative})` : hop.name), " ",
            h("span", { class: "state" }, typeof hop.score === "number" ? `${WORDS[letter]}, score ${hop.score.toFixed(2)}` : WORDS[letter]),
            typeof hop.step !== "number" || letter === "n" ? null : [letter === "p" ? "" : ", nearest", hop.step > 0
              ? [" at ", h("button", { type: "button", class: "quiet", onclick: () => goTo(hop.step - 1) }, `step ${hop.step}`)] : " at the start"],
            change ? [" ", h("span", { class: `change ${["broke", "unreached", "less"].includes(change.became) ? "worse" : "better"}` },
              `${change.before ? `${change.before.passed} of ${change.before.trials} then` : "not there then"}, ${change.now ? `${change.now.passed} of ${change.now.trials} now` : "not there now"}`)] : null),
          letter === "n" ? null : long(hop.reason, { limit: 400, className: "reason" }),
          hop.url ? h("p", { class: "where" }, h("code", null, bdi(hop.url))) : null));
    }));

  const constraints = (record) => {
    const broken = (record.violations ?? []).map((one) => h("li", { class: "f" },
      h("i", { class: "cell f", "aria-hidden": "true" }),
      h("div", null,
        h("p", { class: "name" }, bdi(one.name), " ", h("span", { class: "state" }, `${one.kind}: broken `, one.step > 0 ? `at step ${one.step}` : "at the start")),
        long(one.reason, { limit: 400, className: "reason" }),
        one.url ? h("p", { class: "where" }, h("code", null, bdi(one.url))) : null)));
    const unjudged = (record.unjudged ?? []).map((name) => h("li", { class: "n" },
      h("i", { class: "cell n", "aria-hidden": "true" }),
      h("div", null, h("p", { class: "name" }, bdi(name), " ", h("span", { class: "state" }, "finally: not judged, because the agent did not stop")))));
    if (!record.constraints) return null;
    const lines = [...broken, ...unjudged];
    return h("section", { class: "chain", "aria-labelledby": "constraints" }, h("h2", { id: "constraints" }, "Constraints"),
      lines.length ? h("ol", { class: "hops" }, lines) : h("p", { class: "lack" }, `${record.constraints} kept`));
  };

  const facts = (record, episode) => {
    const atLeast = record.usage?.complete === false ? "at least " : "";
    const terms = [
      ["Agent", record.agent], ["Browser", record.browser], ["Steps", number(record.steps)], ["Time", seconds(episode.seconds)],
      ["Tokens", episode.tokens === null ? "" : `${atLeast}${number(episode.tokens)}`], ["Cost", episode.cost === null ? "" : `${atLeast}$${episode.cost.toFixed(4)}`],
      ["Blocked requests", record.blocked ? number(record.blocked) : ""], ["Sites", (record.sites ?? []).join(", ")], ["Case", record.case],
    ];
    return h("dl", { class: "facts" }, terms.filter(([, value]) => value !== "").map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, bdi(value)))));
  };

  const others = (episode, query, results) => {
    const { task } = episode;
    const at = results.tasks.indexOf(task);
    const beside = (to, words, sign) =>
      to ? h("a", { href: mmina.model.taskAddress(to), rel: sign, title: to.id }, words) : null;
    const own = [...task.episodes, ...task.control];
    const earlier = results.before?.byId.get(task.id)?.episodes ?? [];
    const options = [
      ...own.filter((other) => other !== episode).map((other) => [other.name, other.words]),
      ...earlier.map((other) => [`before:${other.name}`, `before, ${other.words}`]),
    ];
    const choice = h("select", { id: "beside", onchange: () => (location.hash = `${mmina.model.episodeAddress(episode)}${choice.value ? `?beside=${encodeURIComponent(choice.value)}` : ""}`) },
      h("option", { value: "" }, "nothing"), options.map(([value, words]) => h("option", { value }, words)));
    choice.value = query.get("beside") ?? "";
    return h("div", { class: "others" },
      h("nav", { class: "trials", "aria-label": "Trials" }, own.map((other) =>
        h("a", { class: `mark ${other.outcome}`, href: mmina.model.episodeAddress(other), "aria-current": other === episode ? "page" : null }, `${other.words}: ${other.outcome}`))),
      options.length ? h("div", { class: "field" }, h("label", { for: "beside" }, "Side by side with"), choice) : null,
      h("nav", { class: "neighbours", "aria-label": "Other tasks" }, beside(results.tasks[at - 1], "← previous task", "prev"), beside(results.tasks[at + 1], "next task →", "next")));
  };

  const trace = (record, episode) =>
    episode.trace ? h("div", { class: "trace" }, h("h2", null, "Playwright's trace"),
      h("p", null, h("a", { href: record.trace.split("/").map(encodeURIComponent).join("/") }, "trace.zip"), ", or in the folder of this page:"),
      h("pre", null, h("code", null, `playwright show-trace ${record.trace}`))) : null;

  // The list of steps and the selected step. Keys: arrows, Home, End.
  const timeline = (trajectory, root, address, begin) => {
    const { steps } = trajectory;
    const stage = h("div", { class: "stages", "aria-live": "off" });
    let chosen = -1;
    let passed = 0;
    const buttons = steps.map((step, at) => {
      const [kind, rest] = deed(step);
      const won = step.passed - passed;
      passed = step.passed;
      return h("button", { type: "button", onclick: () => choose(at) },
        h("span", { class: "at" }, step.number),
        h("span", { class: "what" }, h("b", null, kind), " ", bdi(mmina.dom.cut(rest, 120))),
        steps[at + 1]?.error ? h("span", { class: "change worse" }, "failed") : null,
        won > 0 ? h("span", { class: "change better" }, `${won === 1 ? "hop" : `${won} hops`} passed`) : null);
    });
    const choose = (at, { quiet = false } = {}) => {
      const to = Math.max(0, Math.min(steps.length - 1, at));
      if (to === chosen || !steps.length) return;
      buttons[chosen]?.removeAttribute("aria-current");
      chosen = to;
      buttons[to].setAttribute("aria-current", "step");
      reveal(buttons[to]);
      stage.replaceChildren(mmina.step.stage(steps[to], steps[to + 1], trajectory, { root }));
      if (!quiet) {
        history.replaceState(null, "", `${address}?step=${to + 1}`);
        say(`Step ${to + 1} of ${steps.length}: ${deed(steps[to]).join(" ")}`);
      }
    };
    choose(begin, { quiet: true });
    const keys = { ArrowRight: () => chosen + 1, ArrowLeft: () => chosen - 1, ArrowDown: () => chosen + 1, ArrowUp: () => chosen - 1, Home: () => 0, End: () => steps.length - 1 };
    const element = h("section", { class: "steps", "aria-labelledby": "steps" },
      h("h2", { id: "steps" }, "Steps ", h("small", null, h("kbd", null, "←"), " ", h("kbd", null, "→"))),
      steps.length ? h("div", { class: "two" }, h("ol", { class: "timeline" }, buttons.map((button) => h("li", null, button))), stage) : h("p", { class: "lack" }, "No step was recorded."));
    return { element, choose, onKey: (key) => (key in keys ? (choose(keys[key]()), true) : false) };
  };

  const show = async (view, results, episode, query) => {
    const { task } = episode;
    const heading = h("div", { class: "heading" },
      h("p", { class: "crumbs" }, h("a", { href: "#/tasks" }, "Tasks"), " / ", h("a", { href: `#/tasks?subset=${encodeURIComponent(task.subset)}` }, bdi(task.subset))),
      h("h1", { tabindex: "-1" }, bdi(task.id), " ", h("small", null, episode.words), " ", h("span", { class: `mark ${episode.outcome}` }, episode.outcome)));
    const body = h("div", { class: "episode" }, h("p", { class: "lack" }, "Loading…"));
    view.replaceChildren(heading, others(episode, query, results), body);
    const [record, trajectory] = await Promise.all([
      results.record(episode),
      episode.recording ? mmina.data.trajectory(episode.recording).catch((error) => error) : null,
    ]);
    if (!body.isConnected) return null;
    const recorded = trajectory instanceof Error || trajectory === null ? null : trajectory;
    const intent = record.asked || recorded?.head?.intent || "";
    const missing = trajectory instanceof Error ? trajectory.message : "No trajectory was recorded: the session ran with --mmina-record=none, or the results came without their trajectories.";
    const beside = query.get("beside");
    const steps = recorded && !beside ? timeline(recorded, episode.root, mmina.model.episodeAddress(episode), (Number(query.get("step")) || 1) - 1) : null;
    const compared = recorded && beside ? await mmina.compare.show(results, episode, recorded, beside) : null;
    if (!body.isConnected) return null;
    const parts = [
      h("div", { class: "asked" },
        h("div", null,
          intent ? h("blockquote", { class: "intent" }, long(intent)) : null,
          h("section", { class: "chain", "aria-labelledby": "hops" }, h("h2", { id: "hops" }, "Hops"),
            hops(record, episode, (at) => (compared ? (location.hash = `${mmina.model.episodeAddress(episode)}?step=${at + 1}`) : steps?.choose(at)))),
          constraints(record)),
        h("div", null,
          h("p", { class: "ending", dir: "auto" }, mmina.dom.cut(record.reason, 1500)),
          record.answer ? h("div", { class: "answer" }, h("h2", null, "Answer"), long(record.answer)) : null,
          h("section", { class: "about", "aria-labelledby": "about" }, h("h2", { id: "about", class: "unseen" }, "About this episode"), facts(record, episode)),
          trace(record, episode))),
      compared?.element ?? steps?.element ?? h("p", { class: "lack" }, missing),
      recorded && !recorded.end ? h("p", { class: "lack" }, "The recording was cut off here.") : null,
      recorded?.end?.agent_traceback ? h("details", null, h("summary", null, "The agent's traceback"), long(recorded.end.agent_traceback, { limit: 8000, className: "raw" })) : null,
    ];
    body.replaceChildren(...parts.filter(Boolean));
    for (const chosen of body.querySelectorAll(".timeline [aria-current]")) reveal(chosen);
    return compared ?? steps;
  };

  mmina.episode = { show };
})();
