/**
 * A wall that nobody touches for weeks: turns pages, wanders a little, and renews itself.
 *
 * What is shown is live.js' and floor.js' business; here is what a person would do with the keys.
 */

const TURN_MS = 15_000;
const ASK_MS = 60_000;
const WANDER_MS = 90_000;
// Memory that leaks anywhere is given back once a day.
const OLDEST_MS = 24 * 3_600_000;
// Pixels that never move burn in: the picture wanders by a few, and comes back.
const WANDER_PX = [[0, 0], [4, 2], [8, 4], [4, 6], [0, 4], [-4, 2], [-8, 0], [-4, -2]];

const main = document.querySelector("main[data-version]");
const boards = [...document.querySelectorAll("[data-board]")];
const began = Date.now();
let turn = 0;
let steps = 0;
let newer = "";

function showTurn() {
  boards.forEach((board, number) => { board.hidden = number !== turn; });
  const word = document.querySelector("[data-turn]");
  if (word) word.textContent = `${turn + 1} of ${boards.length}`;
}

function wander() {
  steps = (steps + 1) % WANDER_PX.length;
  const [x, y] = WANDER_PX[steps];
  document.body.style.translate = `${x}px ${y}px`;
}

/**
 * Asks what the server's pages are made of now, and loads the page anew if that has changed twice
 * over: in a rolling deployment old and new instances answer by turns. Only an answer leads to a
 * reload: a page that is loaded in an outage would be the browser's own error, for ever.
 */
async function ask() {
  try {
    const response = await fetch(main.dataset.snapshot, { cache: "no-store", signal: AbortSignal.timeout?.(10_000) });
    if (!response.ok || response.redirected) return;
    const snapshot = await response.json();
    // Lines come and go: floor.js compares them, and loads the page anew where they are others.
    document.dispatchEvent(new CustomEvent("live:snapshot", { detail: snapshot }));
    const { version } = snapshot;
    const changed = version !== main.dataset.version && version === newer;
    newer = version;
    if (changed || Date.now() - began > OLDEST_MS) location.reload();
  } catch {
    // live.js says what is not heard.
  }
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The screen's own settings decide.
  }
}

// Dark burns in least; a choice made in this browser stands.
document.documentElement.dataset.theme ??= "dark";
if (boards.length > 1) {
  showTurn();
  setInterval(() => { turn = (turn + 1) % boards.length; showTurn(); }, TURN_MS);
}
setInterval(wander, WANDER_MS);
// Not all walls of a plant at the same moment.
setTimeout(() => { ask(); setInterval(ask, ASK_MS); }, Math.random() * ASK_MS);
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
