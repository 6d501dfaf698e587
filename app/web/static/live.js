/**
 * Keeps one stream of events open and passes on what it says, as events on the document.
 *
 * The page never passes old news off as new: after a silence it says since when it is stale.
 */

const SILENCE_MS = 40_000; // The server speaks every 15 s; two beats may be lost.
const GRACE_MS = 3_000; // A stream that is handed on within this time has shown nothing wrong.
const POLL_MS = 5_000;
const FAILURES_BEFORE_POLLING = 3;
const LONGEST_WAIT_MS = 30_000;

const main = document.querySelector("main[data-live]");

let source = null;
let lastId = "";
let failures = 0;
let heardAt = Date.now();
let replacedAt = 0;
let reopening = 0;
let polling = 0;
let mode = "";

/* ---- The stream ---- */

function connect() {
  disconnect();
  const url = new URL(main.dataset.live, location.href);
  if (lastId) url.searchParams.set("last-event-id", lastId);
  source = new EventSource(url, { withCredentials: true });
  source.onerror = failed;
  for (const name of ["snapshot", "changes", "beat"]) listen(name, (facts) => pass(name, facts));
  listen("reset", () => { lastId = ""; });
  listen("bye", () => reopen(500 + Math.random() * 2_000));
  listen("signed-out", sessionEnded);
}

function disconnect() {
  clearTimeout(reopening);
  source?.close();
}

/** @param {(facts: object) => void} act */
function listen(name, act) {
  source.addEventListener(name, (event) => {
    lastId = event.lastEventId || lastId;
    failures = 0;
    stopPolling();
    fresh("live");
    act(event.data ? JSON.parse(event.data) : {});
  });
}

function pass(name, facts) {
  document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: facts }));
}

/** A stream that broke is reopened by the browser; one that was refused, by us. */
function failed() {
  failures += 1;
  setTimeout(() => { if (!polling && Date.now() - heardAt >= GRACE_MS) lost(); }, GRACE_MS);
  if (failures >= FAILURES_BEFORE_POLLING) startPolling();
  if (source.readyState === EventSource.CLOSED) {
    reopen(Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
  }
}

/** Waits differ between browsers, so that a restarted server is not stormed. */
function reopen(wait) {
  disconnect();
  reopening = setTimeout(connect, wait);
}

/** A stream can die without an error; one that is silent for too long is replaced. */
function watch() {
  if (mode === "signed-out" || Date.now() - heardAt < SILENCE_MS) return;
  lost();
  if (source.readyState === EventSource.OPEN && Date.now() - replacedAt > SILENCE_MS) {
    replacedAt = Date.now();
    reopen(Math.random() * 1_000);
  }
}

/* ---- Polling, while the stream cannot be had ---- */

function startPolling() {
  if (polling) return;
  polling = setInterval(poll, POLL_MS);
  poll();
}

function stopPolling() {
  clearInterval(polling);
  polling = 0;
}

async function poll() {
  try {
    // "no-cache" asks with the ETag of the answer kept: a board that stands still costs a 304.
    const response = await fetch(main.dataset.snapshot, { cache: "no-cache", signal: AbortSignal.timeout?.(POLL_MS - 500) });
    if (response.redirected || response.status === 401 || response.status === 403) return signedOut();
    if (!response.ok) return lost();
    const snapshot = await response.json();
    // The stream may have come back meanwhile, and its news is newer.
    if (!polling) return;
    fresh("polling");
    // An answer that was kept tells the time at which it was made: the page's own clock is better.
    pass("snapshot", { ...snapshot, server_time: null });
  } catch {
    lost();
  }
}

/* ---- What the page says about its own news ---- */

/** @returns {boolean} whether this is a change */
function mark(next, word) {
  if (mode === next || mode === "signed-out") return false;
  mode = next;
  const badge = document.querySelector("[data-link]");
  badge.className = `link link-${mode}`;
  badge.querySelector("[data-link-word]").textContent = word;
  const old = mode === "stale" || mode === "signed-out";
  document.body.classList.toggle("stale", old);
  document.querySelector("[data-banner]").hidden = !old;
  return true;
}

function fresh(next) {
  heardAt = Date.now();
  mark(next, next === "live" ? "Live" : "Polling");
}

function say(text, hint) {
  document.querySelector("[data-banner-text]").textContent = text;
  document.querySelector("[data-banner-hint]").textContent = hint;
}

function lost() {
  if (!mark("stale", "Stale")) return;
  const since = new Date(heardAt).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  say(`Stale since ${since}`, "The server is not heard. What you see is from then; this page keeps trying.");
}

/** The session that opened this stream is over; the browser may have a newer one by now. */
function sessionEnded() {
  reopen(Math.random() * 500);
  poll();
}

function signedOut() {
  disconnect();
  stopPolling();
  if (!mark("signed-out", "Signed out")) return;
  say("Signed out", "This page no longer follows the floor.");
  document.querySelector("[data-banner-link]").hidden = false;
}

if (main) {
  connect();
  setInterval(watch, 1_000);
  addEventListener("offline", lost); // An open stream hears nothing of a cable that was pulled.
  addEventListener("pagehide", () => { disconnect(); stopPolling(); });
  addEventListener("pageshow", (event) => { if (event.persisted && mode !== "signed-out") connect(); });
}
