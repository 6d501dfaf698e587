/** A page instead of another asks until what was asked for is there again, and then shows it. */

const AWAY = 503;
const PATIENCE_MS = 10_000;
const wait = Number(document.querySelector("[data-again]").dataset.again) * 1_000;

async function ask() {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status !== AWAY) return location.reload();
  } catch {
    // Not even the server answers: it is asked again.
  }
  setTimeout(ask, wait);
}

setTimeout(ask, wait);
