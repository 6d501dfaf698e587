/**
 * The alarm bar: the open calls of the plant, the most urgent first, as the floor tells of them.
 *
 * A board hears all its lines; the page of a line hears its own, and of the others what the server
 * said when the page was loaded.
 */

const TOLD = ["", "supervisors", "administrators"];
const bar = document.querySelector("[data-alarms]");

const timeOfDay = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const keyOf = (call) => `${call.id}${call.acknowledged_at ? "+" : ""}${"^".repeat(call.escalation_level)}`;

/** The calls of a line replace those the bar has of it. */
function show(tile) {
  const list = bar.querySelector("[data-alarms-list]");
  const shown = [...list.children].filter((item) => item.dataset.of === tile.line);
  const keys = tile.open_calls.map(keyOf);
  if (keys.slice().sort().join() === shown.map((item) => item.dataset.key).sort().join()) return;
  shown.filter((item) => !keys.includes(item.dataset.key)).forEach((item) => item.remove());
  const kept = shown.map((item) => item.dataset.key);
  list.append(...tile.open_calls.filter((call) => !kept.includes(keyOf(call))).map((call) => item(tile, call)));
  const inOrder = [...list.children].sort((one, other) => (one.dataset.rank < other.dataset.rank ? -1 : 1));
  // Only what stands wrongly is moved: a link that has the focus keeps it.
  inOrder.forEach((each, place) => { if (list.children[place] !== each) list.insertBefore(each, list.children[place]); });
  count(list.children.length);
}

/** The same words as in templates/_alarms.html: that it was escalated says that nobody has come. */
function answer(call) {
  if (call.acknowledged_by) return `${call.acknowledged_by} is on it`;
  if (call.acknowledged_at) return "Taken";
  return call.escalation_level ? `Escalated to ${TOLD[call.escalation_level]} at ${timeOfDay(call.escalated_at)}` : "Nobody yet";
}

function item(tile, call) {
  const made = bar.querySelector('[data-template="alarm"]').content.firstElementChild.cloneNode(true);
  const write = (field, text) => { made.querySelector(`[data-field="${field}"]`).textContent = text; };
  const critical = call.urgency === "critical";
  made.className = ["alarm", `colour-${call.colour}`, critical && "critical", call.acknowledged_at && "taken"].filter(Boolean).join(" ");
  made.dataset.of = tile.line;
  made.dataset.key = keyOf(call);
  made.dataset.rank = `${critical ? 0 : 1}${call.acknowledged_at ? 1 : 0}${call.raised_at}`;
  made.querySelector("a").href = `/lines/${encodeURIComponent(tile.line)}#call-${call.id}`;
  made.querySelector("use").setAttribute("href", `#impact-${call.impact}`);
  write("type", call.name);
  write("where", `${tile.name}, ${call.station}`);
  write("answer", answer(call));
  write("raised_at", "now"); // floor.js counts on from the moment
  made.querySelector("time").setAttribute("datetime", call.raised_at);
  return made;
}

function count(calls) {
  bar.querySelector("[data-alarms-count]").textContent = calls ? `${calls} open call${calls > 1 ? "s" : ""}` : "No open calls";
  bar.classList.toggle("quiet-now", calls === 0);
}

if (bar) {
  for (const name of ["snapshot", "changes"]) {
    document.addEventListener(`live:${name}`, (event) => event.detail.tiles.forEach(show));
  }
}
