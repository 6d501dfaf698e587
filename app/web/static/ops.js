/** Asks for the page's parts anew every few seconds, while somebody looks. */

const EVERY_MS = 5_000;
const main = document.querySelector("main[data-ops]");

setInterval(() => {
  if (document.hidden) return;
  document.dispatchEvent(new CustomEvent("parts:reload", { detail: main.dataset.ops }));
}, EVERY_MS);
