/* Chosen colours are set before the first paint, so this one is not a module. */
"use strict";
(() => {
  const words = { "": "device", dark: "dark", light: "light" };
  const root = document.documentElement;

  /** The stored choice; a browser that refuses storage follows the device. */
  function stored() {
    try {
      return localStorage.getItem("colours") ?? "";
    } catch {
      return "";
    }
  }

  function show(choice) {
    if (choice in words && choice) root.dataset.theme = choice;
    else delete root.dataset.theme;
  }

  function label(button) {
    button.textContent = `Colours: ${words[root.dataset.theme ?? ""]}`;
  }

  show(stored());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (!button) return;
    label(button);
    button.hidden = false;
    button.addEventListener("click", () => {
      const order = Object.keys(words);
      show(order[(order.indexOf(root.dataset.theme ?? "") + 1) % order.length]);
      label(button);
      try {
        localStorage.setItem("colours", root.dataset.theme ?? "");
      } catch {
        // The choice then lasts as long as the page.
      }
      document.dispatchEvent(new Event("colours"));
    });
  });
})();
