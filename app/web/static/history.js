/**
 * Puts a chart one can look closer into in the place of the server's SVG.
 *
 * Whatever fails, the SVG stays: it shows the same buckets.
 */

const HEIGHT = 300;
const STEPS_TO_A_GAP = 2.5; // As in charts.py.
const figure = document.querySelector("[data-history]");
const resetButton = document.querySelector("[data-history-reset]");
const all = figure && { since: new Date(figure.dataset.since), until: new Date(figure.dataset.until) };

let plot = null;
let shown = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The buckets between two moments; the server picks the step, finer for a shorter time. */
async function fetchBuckets({ since, until }) {
  const url = new URL(figure.dataset.history, location.href);
  url.searchParams.set("since", since.toISOString());
  url.searchParams.set("until", until.toISOString());
  const response = await fetch(url);
  if (!response.ok) throw new Error(`history: ${response.status}`);
  return response.json();
}

/** Missing buckets become nulls, so that no line is drawn across a time without values. */
function withGaps({ at, minimum, mean, maximum }) {
  const distances = at.slice(1).map((each, i) => each - at[i]).sort((a, b) => a - b);
  const usual = distances[Math.floor(distances.length / 2)] ?? Infinity;
  const columns = [[], [], [], []];
  const add = (row) => row.forEach((value, i) => columns[i].push(value));
  at.forEach((moment, i) => {
    if (i && moment - at[i - 1] > STEPS_TO_A_GAP * usual) add([at[i - 1] + usual, null, null, null]);
    add([moment, minimum[i], maximum[i], mean[i]]);
  });
  return columns;
}

/** Twenty-four hours on the axis, and the day where a new one begins. */
function timeLabels(_plot, splits, _axis, _space, step) {
  return splits.map((split) => {
    const at = new Date(split * 1000);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    if (midnight || step >= 86400) return at.toLocaleDateString("en-GB", { day: "2-digit", month: "short" });
    return at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(step < 60 && { second: "2-digit" }) });
  });
}

/** The limits are always in sight, so that «far from the limit» looks far. */
function range({ low, high }, least, greatest) {
  const ends = [least, greatest, low, high].filter((value) => value !== null && value !== undefined);
  const [bottom, top] = ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  const air = 0.06 * (top - bottom) || 0.05 * Math.abs(top) || 1;
  return [bottom - air, top + air];
}

function drawLimits(chart, { low, high }) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("bad");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const limit of [low, high].filter((each) => each !== null && each !== undefined)) {
    const y = chart.valToPos(limit, "y", true);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

function options(facts, { since, until }) {
  const axis = { stroke: colour("soft"), grid: { stroke: colour("edge"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const value = (_plot, raw) => (raw === null || raw === undefined ? "–" : `${+raw.toFixed(2)} ${facts.unit}`);
  const edge = (label) => ({ label, value, stroke: colour("band"), width: 0.5, points: { show: false } });
  return {
    width: figure.clientWidth,
    height: HEIGHT,
    scales: { x: { range: [since / 1000, until / 1000] }, y: { range: (_plot, least, greatest) => range(facts, least, greatest) } },
    axes: [{ ...axis, values: timeLabels }, { ...axis, size: 60, label: facts.unit, labelSize: 18 }],
    series: [
      { label: "Time", value: (_plot, raw) => (raw ? new Date(raw * 1000).toLocaleString("en-GB") : "–") },
      edge("Least"),
      edge("Greatest"),
      { label: "Mean", value, stroke: colour("band"), width: 2, points: { show: facts.at.length < 60 } },
    ],
    bands: [{ series: [2, 1], fill: colour("band-fill") }],
    cursor: { drag: { x: true, y: false, setScale: false }, bind: { dblclick: () => () => show(all) } },
    hooks: { draw: [(chart) => drawLimits(chart, facts)], setSelect: [closer] },
  };
}

/** A stretch drawn with the pointer is asked for anew, in finer buckets. */
function closer(chart) {
  if (chart.select.width < 8) return;
  const at = (place) => new Date(chart.posToVal(place, "x") * 1000);
  show({ since: at(chart.select.left), until: at(chart.select.left + chart.select.width) });
}

async function show(span) {
  try {
    draw(await fetchBuckets(span), span);
  } catch (fault) {
    console.warn(fault);
    plot?.setSelect({ width: 0, height: 0 }, false);
  }
}

function draw(facts, span) {
  const fresh = new uPlot(options(facts, span), withGaps(facts), figure);
  plot?.destroy();
  plot = fresh;
  shown = { facts, span };
  figure.querySelector("svg").setAttribute("hidden", "");
  document.querySelector("[data-history-hint]").hidden = false;
  resetButton.hidden = span === all;
}

const redraw = () => shown && draw(shown.facts, shown.span);

if (figure && typeof uPlot === "function") {
  show(all);
  resetButton.addEventListener("click", () => show(all));
  addEventListener("resize", () => plot?.setSize({ width: figure.clientWidth, height: HEIGHT }));
  document.addEventListener("colours", redraw);
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", redraw);
}
