// The theme: light, dark, or as the system. It is set before anything is drawn, so that the page does not flash.
"use strict";
(() => {
  const THEMES = { "": ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };
  const root = document.documentElement;

  const kept = () => {
    try {
      return localStorage.getItem("mmina-theme") ?? "";
    } catch {
      return ""; // Some browsers have no storage for pages that are opened from files.
    }
  };
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  apply(kept() in THEMES ? kept() : "");
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    const tell = () => {
      const [sign, words] = THEMES[root.dataset.theme ?? ""];
      button.textContent = sign;
      button.setAttribute("aria-label", `Colours: ${words}`);
      button.title = `Colours: ${words}`;
    };
    tell();
    button.addEventListener("click", () => {
      const names = Object.keys(THEMES);
      const next = names[(names.indexOf(root.dataset.theme ?? "") + 1) % names.length];
      apply(next);
      try {
        localStorage.setItem("mmina-theme", next);
      } catch {
        // Then the theme is lost when the page is closed.
      }
      tell();
      window.dispatchEvent(new Event("mmina-theme"));
    });
  });
})();
