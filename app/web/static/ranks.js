/**
 * Keeps a leaderboard fresh: asks for the page again, and puts its standing in the place of the old.
 *
 * A page that nobody looks at asks nothing; one that gets no answer says since when it is stale.
 */

const EVERY_MS = 5_000;
const banner = document.querySelector("[data-banner]");
let heardAt = Date.now();
let asking = false;

async function refresh() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout?.(EVERY_MS - 500) });
    if (response.redirected) return say("Signed out", "This page no longer follows the floor.", true);
    if (!response.ok) return lost();
    show(await response.text());
  } catch {
    lost();
  } finally {
    asking = false;
  }
}

function show(page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-standing]");
  if (!fresh) return lost();
  document.querySelector("[data-standing]").replaceWith(document.adoptNode(fresh));
  heardAt = Date.now();
  document.body.classList.remove("stale");
  banner.hidden = true;
}

function lost() {
  const since = new Date(heardAt).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  say(`Stale since ${since}`, "The server is not heard. What you see is from then; this page keeps trying.", false);
}

function say(text, hint, signedOut) {
  banner.querySelector("[data-banner-text]").textContent = text;
  banner.querySelector("[data-banner-hint]").textContent = hint;
  banner.querySelector("[data-banner-link]").hidden = !signedOut;
  banner.hidden = false;
  document.body.classList.add("stale");
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
addEventListener("offline", lost);
