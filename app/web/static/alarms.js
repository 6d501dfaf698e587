/**
 * The alarm bar: the open calls of the plant, the most urgent first, and below them its sensors'
 * alerts, as the floor tells of them.
 *
 * A board hears all its lines; the page of a line hears its own, and of the others what the server
 * said when the page was loaded.
 */

const TOLD = ["", "supervisors", "administrators"];
const BEYOND = { high: "too high", low: "too low" };
const DAY_MS = 86_400_000;
const bar = document.querySelector("[data-alarms]");

const timeOfDay = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = (at) => new Date(at).toLocaleDateString("en-GB", { day: "2-digit", month: "short" });
const keyOf = (call) => `${call.id}${call.acknowledged_at ? "+" : ""}${"^".repeat(call.escalation_level)}`;

/** The calls and alerts of a line replace those the bar has of it. */
function show(tile) {
  const list = bar.querySelector("[data-alarms-list]");
  const shown = [...list.children].filter((item) => item.dataset.of === tile.line);
  const told = [...tile.open_calls.map(callTold), ...tile.open_alerts.map(alertTold)];
  const keys = told.map((each) => each.key);
  if (keys.slice().sort().join() === shown.map((item) => item.dataset.key).sort().join()) return;
  shown.filter((item) => !keys.includes(item.dataset.key)).forEach((item) => item.remove());
  const kept = shown.map((item) => item.dataset.key);
  list.append(...told.filter((each) => !kept.includes(each.key)).map((each) => item(tile, each)));
  const inOrder = [...list.children].sort((one, other) => (one.dataset.rank < other.dataset.rank ? -1 : 1));
  // Only what stands wrongly is moved: a link that has the focus keeps it.
  inOrder.forEach((each, place) => { if (list.children[place] !== each) list.insertBefore(each, list.children[place]); });
  count(list);
}

/** What the bar says of a call; the same words as in templates/_alarms.html. */
function callTold(call) {
  const critical = call.urgency === "critical";
  return {
    ...call,
    key: keyOf(call),
    rank: `${critical ? 0 : 1}${call.acknowledged_at ? 1 : 0}${call.raised_at}`,
    classes: ["alarm", `colour-${call.colour}`, critical && "critical", call.acknowledged_at && "taken"],
    anchor: `call-${call.id}`,
    icon: `impact-${call.impact}`,
    answer: answer(call),
  };
}

function alertTold(alert) {
  return {
    ...alert,
    key: `s${alert.id}${alert.acknowledged_at ? "+" : ""}${alert.silent_since ? "~" : ""}`,
    rank: `2${alert.acknowledged_at ? 1 : 0}${alert.raised_at}`,
    classes: ["alarm", "beyond", "colour-yellow", alert.acknowledged_at && "taken"],
    anchor: `alert-${alert.id}`,
    icon: `beyond-${alert.kind}`,
    name: `${alert.name} ${BEYOND[alert.kind]}${silence(alert)}`,
    answer: alert.acknowledged_by ? `${alert.acknowledged_by} has seen it` : "Nobody has seen it",
  };
}

/** The same words as the macro `passed` in templates/_macros.html. */
function silence(alert) {
  if (!alert.silent_since) return "";
  const isToday = Date.now() - new Date(alert.silent_since) < DAY_MS;
  return `, no reading since ${isToday ? "" : `${day(alert.silent_since)}, `}${timeOfDay(alert.silent_since)}`;
}

/** The same words as in templates/_alarms.html: that it was escalated says that nobody has come. */
function answer(call) {
  if (call.acknowledged_by) return `${call.acknowledged_by} is on it`;
  if (call.acknowledged_at) return "Taken";
  return call.escalation_level ? `Escalated to ${TOLD[call.escalation_level]} at ${timeOfDay(call.escalated_at)}` : "Nobody yet";
}

function item(tile, told) {
  const made = bar.querySelector('[data-template="alarm"]').content.firstElementChild.cloneNode(true);
  const write = (field, text) => { made.querySelector(`[data-field="${field}"]`).textContent = text; };
  made.className = told.classes.filter(Boolean).join(" ");
  made.dataset.of = tile.line;
  made.dataset.key = told.key;
  made.dataset.rank = told.rank;
  made.querySelector("a").href = `/lines/${encodeURIComponent(tile.line)}#${told.anchor}`;
  made.querySelector("use").setAttribute("href", `#${told.icon}`);
  write("type", told.name);
  write("where", `${tile.name}, ${told.station}`);
  write("answer", told.answer);
  write("raised_at", "now"); // floor.js counts on from the moment
  made.querySelector("time").setAttribute("datetime", told.raised_at);
  return made;
}

function count(list) {
  const alerts = list.querySelectorAll(".beyond").length;
  const calls = list.children.length - alerts;
  const words = calls ? `${calls} open call${calls > 1 ? "s" : ""}` : "No open calls";
  const more = alerts ? `, ${alerts} sensor alert${alerts > 1 ? "s" : ""}` : "";
  bar.querySelector("[data-alarms-count]").textContent = words + more;
  bar.classList.toggle("quiet-now", list.children.length === 0);
}

if (bar) {
  for (const name of ["snapshot", "changes"]) {
    document.addEventListener(`live:${name}`, (event) => event.detail.tiles.forEach(show));
  }
}
