/**
 * Writes what happens on the floor into the page, by data attributes.
 *
 * News arrives as events on the document, from live.js. A line that nothing newer was heard of
 * by its deadline turns to «No signal» by itself: no state is shown longer than it is known.
 */

const WORDS = { running: "Running", slow: "Slow", stopped: "Stopped", planned: "Planned", unknown: "No signal" };
const TOLD = ["", "supervisors", "administrators"];
const BEYOND = { high: "too high", low: "too low" };
const BREACHES = { high: "▲ Too high", low: "▼ Too low" };

const DAY_MS = 86_400_000;

const news = { snapshot: showSnapshot, changes: showChanges, beat: setClock };
let clockOffset = 0;

/* ---- Time and numbers ---- */

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
/** The same digits as `charts.number`. */
const number = (value) => (Math.abs(value) < 1 ? small : plain).format(value);
const serverNow = () => Date.now() + clockOffset;

function setClock({ server_time }) {
  if (server_time) clockOffset = Date.parse(server_time) - Date.now();
}

/** The same words as the macro `duration` in templates/_macros.html. */
function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const timeOfDay = (at) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = (at) => at.toLocaleDateString("en-GB", { day: "2-digit", month: "short" });

/* ---- Writing to the page ---- */

/** Text is only written when it differs, so that screen readers and selections rest. */
function write(root, field, value) {
  const element = root.querySelector(`[data-field="${field}"]`);
  const text = value === null || value === undefined ? "–" : typeof value === "number" ? number(value) : value;
  if (element && element.textContent !== text) element.textContent = text;
}

function writeTime(root, field, at) {
  const element = root.querySelector(`time[data-field="${field}"]`);
  if (!element) return;
  if (at) element.setAttribute("datetime", at);
  else element.removeAttribute("datetime");
  showTime(element);
}

function showTime(element) {
  const at = new Date(element.getAttribute("datetime") ?? NaN);
  let text = "–";
  if (!Number.isNaN(at.getTime())) {
    if ("age" in element.dataset) text = duration((serverNow() - at) / 1000);
    else if ("moment" in element.dataset) text = `${day(at)}, ${timeOfDay(at)}`;
    else text = timeOfDay(at);
  }
  if (element.textContent !== text) element.textContent = text;
}

/** Several sentences in one breath are read as one; an emptied region repeats nothing. */
function announce(sentence) {
  const region = document.querySelector("[data-announce]");
  region.append(`${sentence}. `);
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => region.replaceChildren(), 5_000);
}

/* ---- Lines ---- */

function variance(actual, target) {
  if (target === null) return "No target";
  if (actual === target) return "On target";
  return actual > target ? `+${number(actual - target)} ahead` : `−${number(target - actual)} behind`;
}

function showState(element, state) {
  if (element.dataset.state === state) return;
  element.classList.replace(`state-${element.dataset.state}`, `state-${state}`);
  element.dataset.state = state;
  element.querySelector(".lamp use").setAttribute("href", `#state-${state}`);
  write(element, "word", WORDS[state]);
  announce(`${element.querySelector('[data-field="name"]').textContent}: ${WORDS[state]}`);
  countStates();
}

function countStates() {
  for (const item of document.querySelectorAll("[data-count]")) {
    const count = document.querySelectorAll(`[data-board] [data-state="${item.dataset.count}"]`).length;
    item.querySelector("b").textContent = count;
    item.classList.toggle("none", count === 0);
  }
}

/** The same sums as `charts.progress`. */
function showProgress(element, { actual, target, shift_target }) {
  const full = Math.max(shift_target ?? 0, actual, target ?? 0, 1);
  element.querySelector(".progress-bar").setAttribute("width", ((100 * actual) / full).toFixed(2));
  const mark = element.querySelector(".progress-mark");
  mark.setAttribute("x", Math.min(99, (100 * (target ?? 0)) / full).toFixed(2));
  mark.setAttribute("width", target === null ? 0 : 1);
}

function showCalls(element, tile) {
  const known = element.dataset.calls;
  const ids = tile.open_calls.map((call) => `${call.id}${call.acknowledged_at ? "+" : ""}${"^".repeat(call.escalation_level)} `).join("");
  if (known === ids) return;
  element.dataset.calls = ids;
  for (const call of tile.open_calls) {
    if (!known.split(/[ +^]+/).includes(String(call.id))) announce(`Call on ${tile.name}, ${call.station}: ${call.name}`);
  }
  const list = element.querySelector('[data-field="calls"]');
  if (list) list.replaceChildren(...tile.open_calls.map(callItem));
  else reloadParts();
}

/** The same words as in templates/board/_tile.html. */
function answer(call) {
  if (call.acknowledged_by) return `${call.acknowledged_by} is on it`;
  if (call.acknowledged_at) return "Taken";
  return call.escalation_level ? `Told ${TOLD[call.escalation_level]}` : "Nobody yet";
}

function callItem(call) {
  const item = document.querySelector('[data-template="call"]').content.firstElementChild.cloneNode(true);
  item.dataset.call = call.id;
  item.className = `call colour-${call.colour}${call.acknowledged_at ? " taken" : ""}`;
  item.querySelector("use").setAttribute("href", call.acknowledged_at ? "#call-taken" : "#call-open");
  write(item, "type", call.name);
  write(item, "station", call.station);
  write(item, "answer", answer(call));
  writeTime(item, "raised_at", call.raised_at);
  return item;
}

/** The same words as the macro `passed` in templates/_macros.html. */
function passed(alert) {
  const words = `${alert.name} ${BEYOND[alert.kind]}`;
  if (!alert.silent_since) return words;
  const at = new Date(alert.silent_since);
  return `${words}, no reading since ${serverNow() - at < DAY_MS ? "" : `${day(at)}, `}${timeOfDay(at)}`;
}

/** The same words as the macro `beyond` in templates/board/_tile.html. */
function showAlerts(element, tile) {
  const known = element.dataset.alerts;
  const alerts = tile.open_alerts;
  const ids = alerts.map((alert) => `${alert.id}${alert.acknowledged_at ? "+" : ""}${alert.silent_since ? "~" : ""} `).join("");
  if (known === ids) return;
  element.dataset.alerts = ids;
  for (const alert of alerts) {
    if (!known.split(/[ +~]+/).includes(String(alert.id))) announce(`Alert on ${tile.name}, ${alert.station}: ${passed(alert)}`);
  }
  const mark = element.querySelector("[data-beyond]");
  showMark(mark, alerts[0]);
  if (alerts.length) write(mark, "beyond", passed(alerts[0]) + (alerts.length > 1 ? `, and ${alerts.length - 1} more` : ""));
  for (const sensor of document.querySelectorAll("[data-sensor]")) {
    const own = alerts.find((alert) => alert.sensor === sensor.dataset.sensor);
    showMark(sensor.querySelector("[data-alert]"), own);
    writeTime(sensor, "alerted_at", own?.raised_at);
  }
  if (document.querySelector('[data-part="alerts"]')) reloadParts();
}

function showMark(mark, alert) {
  mark.hidden = !alert;
  if (alert) mark.querySelector("use").setAttribute("href", `#beyond-${alert.kind}`);
}

/** Lists with forms are asked from the server again: it alone knows who may do what. */
async function reloadParts(from = location.href) {
  const response = await fetch(from, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!other) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    // Words that somebody is writing are theirs: the field they stand in is kept.
    for (const field of other.querySelectorAll("input[id]")) {
      const written = part.querySelector(`#${CSS.escape(field.id)}`);
      if (written?.value) field.replaceWith(written);
    }
    part.replaceChildren(...other.childNodes);
    // The button that had the focus may be gone: the reader stays where it was.
    part.tabIndex = -1;
    if (focused) (focused.isConnected ? focused : part).focus();
  }
  document.querySelectorAll("[data-part] time").forEach(showTime);
}

function showTile(tile) {
  const element = document.querySelector(`[data-line="${CSS.escape(tile.line)}"]`);
  if (!element) return;
  for (const field of ["name", "actual", "shift_target", "scrap"]) write(element, field, tile[field]);
  write(element, "target", tile.target === null ? "made" : `of ${number(tile.target)} due`);
  write(element, "variance", variance(tile.actual, tile.target));
  write(element, "planned_for", tile.planned_for ?? "");
  for (const field of ["since", "shift_ends", "last_signal_at"]) writeTime(element, field, tile[field]);
  element.dataset.unknownAfter = tile.unknown_after ?? "";
  showProgress(element, tile);
  showCalls(element, tile);
  showAlerts(element, tile);
  showState(element, tile.state);
  doubt(element);
}

/** A line that was not heard of in time is unknown, whatever it did last. */
function doubt(element) {
  const after = Date.parse(element.dataset.unknownAfter ?? "");
  if (!(after < serverNow()) || element.dataset.state === "unknown") return;
  const last = element.querySelector('[data-field="last_signal_at"]').getAttribute("datetime");
  writeTime(element, "since", last ?? element.dataset.unknownAfter);
  showState(element, "unknown");
}

function showReadings(readings) {
  for (const [slug, { value, at, breach }] of Object.entries(readings)) {
    const element = document.querySelector(`[data-sensor="${CSS.escape(slug)}"]`);
    if (!element) continue;
    write(element, "value", value);
    writeTime(element, "at", at);
    if (element.dataset.breach === (breach ?? "")) continue;
    element.dataset.breach = breach ?? "";
    element.classList.toggle("breach", Boolean(breach));
    const word = BREACHES[breach] ?? "";
    write(element, "breach", word);
    announce(`${element.querySelector('[data-field="name"]').textContent}: ${word.slice(2) || "back in range"}`);
  }
}

function showSnapshot(snapshot) {
  if (differs(snapshot.tiles)) return;
  showChanges(snapshot);
}

function showChanges({ server_time, tiles, readings }) {
  setClock({ server_time });
  tiles.forEach(showTile);
  showReadings(readings ?? {});
}

/** Lines come and go rarely: the page is asked for anew, once for each set of lines. */
function differs(tiles) {
  const told = tiles.map((tile) => tile.line).sort().join();
  const shown = [...document.querySelectorAll("[data-line]")].map((element) => element.dataset.line).sort().join();
  if (told === shown) sessionStorage.removeItem("reloaded-for");
  if (told === shown || sessionStorage.getItem("reloaded-for") === told) return false;
  sessionStorage.setItem("reloaded-for", told);
  location.reload();
  return true;
}

/* ---- Every second ---- */

function tick() {
  document.querySelectorAll("time[data-age]").forEach(showTime);
  document.querySelectorAll("[data-line]").forEach(doubt);
  const now = document.querySelector("[data-now]");
  if (now) now.textContent = timeOfDay(new Date(serverNow()));
}

setClock({ server_time: document.querySelector("[data-now]")?.getAttribute("datetime") });
document.querySelectorAll("time[data-clock], time[data-moment]").forEach(showTime);
for (const [name, show] of Object.entries(news)) {
  document.addEventListener(`live:${name}`, (event) => show(event.detail));
}
document.addEventListener("parts:reload", (event) => reloadParts(event.detail));
tick();
setInterval(tick, 1_000);
