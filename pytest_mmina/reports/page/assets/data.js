// Data is loaded as scripts: a page that is opened from a file can load scripts but read no other files.
"use strict";
(() => {
  const mmina = (window.mmina ??= {});
  const KEPT = 12;
  const waiting = new WeakMap();
  const loaded = new Map();

  const own = (path) => {
    if (!/^(page|trajectories)\/[^:?#\\]+\.js$/.test(path) || path.split("/").includes("..")) {
      throw new TypeError(`not a script of this page: ${path}`);
    }
    return path;
  };
  // If the browser enforces Trusted Types, no other script can be added and no text becomes markup.
  const policy = window.trustedTypes?.createPolicy("mmina", { createScriptURL: own }) ?? { createScriptURL: own };

  window.mminaData = (packed) => waiting.get(document.currentScript)?.(packed);

  const fetched = (path) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      waiting.set(script, resolve);
      const fail = (words) => () => {
        script.remove();
        reject(new Error(words));
      };
      script.addEventListener("load", fail(`${path} contains no data`));
      script.addEventListener("error", fail(`${path} does not exist`));
      script.src = policy.createScriptURL(path);
      document.head.append(script);
    });

  const unpacked = async (packed) => {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  const address = (path) => path.split("/").map(encodeURIComponent).join("/");

  // The text in a script. The last few are kept, because readers go back and forth between the same episodes.
  const text = (path) => {
    const known = loaded.get(path);
    loaded.delete(path);
    const found = known ?? fetched(address(path)).then(unpacked);
    loaded.set(path, found);
    found.catch(() => loaded.delete(path));
    if (loaded.size > KEPT) loaded.delete(loaded.keys().next().value);
    return found;
  };

  // The lines of a trajectory up to the first one that cannot be read: a recording that was cut off ends in the middle.
  const lines = (content) => {
    const read = [];
    for (const line of content.split("\n")) {
      if (!line) continue;
      try {
        read.push(JSON.parse(line));
      } catch {
        break;
      }
    }
    return read;
  };

  // Older files do not have these fields; there, the words are the only sign.
  const olderStep = (step) => ({
    arrived: !step.action && step.said === `came to ${step.url}`,
    blocked: Boolean(step.error?.startsWith("blocked:")),
  });

  const trajectory = async (path) => {
    const found = { head: null, texts: new Map(), steps: [], end: null };
    for (const line of lines(await text(path))) {
      if (line.line === "head") found.head = line;
      else if (line.line === "text") found.texts.set(line.digest, line.text);
      else if (line.line === "step") found.steps.push({ ...olderStep(line), ...line });
      else if (line.line === "end") found.end = line;
    }
    return found;
  };

  mmina.data = {
    json: async (path) => JSON.parse(await text(path)),
    trajectory,
    picture: (path) => (/\.jpe?g$/i.test(path) && !path.split("/").some((part) => part === ".." || part === "") ? address(path) : ""),
  };
})();
