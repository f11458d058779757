// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Shows the updates of the server (see feed.py). Text goes in as text, never as HTML.

import { boxesOf, drawBoxes, emissionAt } from "./boxes.js";
import { Details } from "./details.js";
import { showEdges } from "./edges.js";
import { EmissionTable, element, nameOf } from "./emissions.js";
import { drawConfidence, drawHistogram, drawLatency } from "./plots.js";
import { showProofs } from "./proofs.js";
import { StationCard } from "./station.js";
import { clock, count, duration, hertz, milliseconds, octets, percent } from "./text.js";
import { Levels, ROWS, Scale, drawTrace, drawWaterfall, pointedAt, unpack } from "./waterfall.js";

const KEPT = { rows: ROWS, labels: 1200, stats: 300 }; // same as in feed.py
const MOST_EMISSIONS = 600; // more than a State keeps
const SILENT_S = 5;
const LOST_S = 6; // three beats of the server
const RETRY_MS = 1000;
const RATE_S = 2; // over which steps a second are counted
const SHOWN_CLASSES = 10;
const LEAST_DRAWN = 6; // pixels: less is a click
const NOTHING = ["noise", "other"]; // labels of no signal, gray
const COLORS = ["#4c8fdb", "#f0902e", "#e25c5e", "#35b3a6", "#63b04d", "#d9b42a", "#b27ac0",
  "#f086a2", "#a98467", "#7c74dd", "#8fb92b", "#d2649f", "#28a9d6", "#c97b4a"];

const $ = (id) => document.getElementById(id);
const data = { rows: [], labels: [], stats: [], now: [], latest: null, model: null, edges: [],
  proofs: [], failures: [], receivers: [], problem: null, ended: null };
const emissions = new Map(); // by key, in the order of their last change
const levels = new Levels();
const table = new EmissionTable(select);
let values = "peak";
let scale = null; // of the waterfall as it is drawn
let boxes = [];
let selected = null; // key of an emission
const settings = { recordings: false, receiver: "" };
const details = new Details(settings);
const station = new StationCard();
let classes = [];
let missed = 0;
let refused = 0;
let lastHeard = null; // when the server last sent anything; ms
let lastData = null; // when the flowgraph last sent anything; ms
let connected = false;
let drawing = false;

function colorOf(label) {
  const index = classes.filter((name) => !NOTHING.includes(name)).indexOf(label);
  if (index < 0) return getComputedStyle(document.documentElement).getPropertyValue("--none");
  return COLORS[index % COLORS.length];
}

// For each stream, the color of its last label before a time, or null where that is too old.
function colorsAt(time) {
  return data.now.map(({ stream }) => {
    const entry = data.labels.findLast((label) => label.stream === stream && label.time <= time + 0.3);
    return entry && time - entry.time < 1.5 ? colorOf(entry.label) : null;
  });
}

function take(update) {
  const { whole } = update; // replaces everything before
  for (const row of update.rows ?? []) Object.assign(row, { peak: unpack(row.peak), mean: unpack(row.mean) });
  takeEmissions(update.emissions ?? [], whole);
  for (const [name, kept] of Object.entries(KEPT)) {
    const before = whole ? [] : data[name];
    data[name] = before.concat(update[name] ?? []).slice(-kept);
  }
  for (const name of ["now", "latest", "model", "edges", "proofs", "failures", "receivers", "problem", "ended"]) {
    if (name in update) data[name] = update[name];
    else if (whole) data[name] = ["now", "edges", "proofs", "failures", "receivers"].includes(name) ? [] : null;
  }
  if (data.now.length) classes = Object.keys(data.now[0].probabilities);
  if (whole) levels.clear();
  missed = update.missed;
  refused = update.refused;
  lastData = update.silent_s === null ? null : performance.now() - 1000 * update.silent_s;
  redraw();
}

function takeEmissions(changed, whole) {
  if (whole) emissions.clear();
  for (const emission of changed) {
    emissions.delete(emission.key);
    const isPart = !emission.is_live && !emission.burst_count; // of another
    if (!isPart) emissions.set(emission.key, emission);
  }
  for (const [key, emission] of emissions) {
    if (emissions.size <= MOST_EMISSIONS) break;
    if (!emission.is_live) emissions.delete(key);
  }
  if (!emissions.has(selected) && !table.find(selected)) selected = null;
}

// Shows the details of an emission; null: of none.
function select(key) {
  selected = key;
  redraw();
}

function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    $("main").classList.toggle("emissions", hasEmissions());
    $("main").classList.toggle("measured", !data.latest && hasEmissions());
    showSpectra();
    showEmissions();
    showNow();
    showTotals();
    showEdges($("link"), data.edges);
    showProofs($("proofs"), data.proofs);
    showLatency();
    showHistogram();
    drawConfidence($("confidence"), data.labels, colorOf);
    showLegend();
    showStatus();
  });
}

function showSpectra() {
  const rows = data.rows.filter((row) => row[values].length);
  $("spectra").classList.toggle("without", !rows.length);
  if (!rows.length) return;
  const newest = rows.at(-1);
  levels.follow(rows, values);
  const hasLabels = data.now.length > 0 && !emissions.size;
  scale = new Scale($("waterfall"), rows, hasLabels, table.band());
  $("whole").hidden = !scale.isPart;
  drawTrace($("trace"), scale, values, levels);
  const ctx = drawWaterfall($("waterfall"), scale, values, levels, hasLabels ? colorsAt : null);
  boxes = boxesOf(scale, table.shown([...emissions.values()]));
  drawBoxes(ctx, scale, boxes, selected);
  $("band").textContent = newest.low === null ? ""
    : `${hertz((newest.low + newest.high) / 2)}, ${hertz(newest.high - newest.low)} wide`;
}

function showEmissions() {
  if (!hasEmissions()) return;
  table.ended = data.ended;
  table.show([...emissions.values()], selected);
  details.show(emissions.get(selected) ?? table.find(selected), data.rows);
}

// Also when the flowgraph began again: its history is still there.
const hasEmissions = () => emissions.size > 0 || table.history !== null;

function showNow() {
  $("now").classList.toggle("without", !data.now.length);
  $("now").classList.toggle("several", data.now.length > 1);
  $("labels").replaceChildren(...data.now.map((now) => {
    const line = element("div", "", "label");
    line.style.setProperty("--color", colorOf(now.label));
    line.append(element("i"));
    if (data.now.length > 1) {
      line.append(element("small", now.frequency === null ? `stream ${now.stream}` : hertz(now.frequency)));
    }
    line.append(element("b", now.label), element("span", percent(now.confidence)));
    return line;
  }));
  const probabilities = data.now.length === 1 ? Object.entries(data.now[0].probabilities) : [];
  probabilities.sort((a, b) => b[1] - a[1]);
  const shown = probabilities.slice(0, SHOWN_CLASSES);
  const list = $("classes");
  while (list.children.length < shown.length) {
    const line = element("li");
    const bar = element("span", "", "bar");
    bar.append(element("i"));
    line.append(element("span", "", "name"), bar, element("span", "", "value"));
    list.append(line);
  }
  while (list.children.length > shown.length) list.lastChild.remove();
  shown.forEach(([name, probability], i) => {
    const [label, , value] = list.children[i].children;
    list.children[i].style.setProperty("--color", colorOf(name));
    list.children[i].style.setProperty("--share", `${100 * probability}%`);
    label.textContent = name;
    value.textContent = percent(probability);
  });
}

function stepsPerSecond() {
  const last = data.stats.at(-1);
  const before = data.stats.findLast((entry) => last.time - entry.time > RATE_S);
  if (!before || last.steps < before.steps) return null;
  return (last.steps - before.steps) / (last.time - before.time);
}

function caches(stats) {
  const parts = [];
  if (stats.streams !== undefined) parts.push(`${count(stats.streams)} stream${stats.streams === 1 ? "" : "s"}`);
  if (stats.evictions) parts.push(`${count(stats.evictions)} evictions`);
  if (stats.device_bytes) parts.push(`${octets(stats.device_bytes)} on the device`);
  return parts.join(", ") || "of the model";
}

function showTotals() {
  const stats = data.latest;
  if (!stats) return;
  const rate = stepsPerSecond();
  $("rate").textContent = rate === null ? "–" : `${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} /s`;
  $("steps").textContent = `${count(stats.steps)} in all`;
  const latest = data.stats.at(-1);
  $("latencynow").textContent = latest ? `${milliseconds(latest.latency.p95)} ms` : "–";
  $("budget").textContent = `p95; ${count(stats.deadline_misses)} over ${milliseconds(stats.budget_seconds)} ms`;
  showLeftOut(stats);
  const known = stats.retunes !== undefined && stats.overflows !== undefined;
  $("gaps").textContent = known ? count(stats.retunes + stats.overflows) : "–";
  $("gapkinds").textContent = known ? `${count(stats.retunes)} retunes, ${count(stats.overflows)} overflows` : "";
  $("kv").textContent = octets(stats.kv_bytes);
  $("device").textContent = caches(stats);
  $("rss").textContent = octets(stats.rss_bytes);
  $("peak").textContent = `peak ${octets(stats.peak_rss_bytes)}`;
  const model = data.model ?? {};
  $("model").textContent = model.attention
    ? `${model.attention} with ${model.norm}, ${model.dtype} on ${model.device}` : "";
}

// Of all tokens, those that rested, and those that were dropped because the model was too slow.
function showLeftOut({ tokens_in: taken, dropped_tokens: dropped, rested_tokens: rested = 0, queued_steps: queued }) {
  const all = taken === undefined || taken === null ? 0 : taken + rested;
  const part = (tokens) => (all ? percent(tokens / all) : `${count(tokens)} tokens`);
  $("leftout").textContent = all ? percent((dropped + rested) / all) : "–";
  $("leftout").classList.toggle("bad", dropped > 0);
  $("leftoutparts").textContent = `${part(rested)} rested, ${part(dropped)} dropped, ${count(queued)} wait`;
}

function showLatency() {
  const last = data.stats.at(-1);
  if (!last) return;
  drawLatency($("latency"), data.stats, data.latest.budget_seconds);
  $("stages").replaceChildren(...["latency", "wait", "inference"].map((stage) => {
    const line = element("tr");
    const name = element("th", stage);
    name.scope = "row";
    line.append(name, ...Object.values(last[stage]).map((value) => element("td", milliseconds(value))));
    return line;
  }));
}

// Counts the steps between the first and the last statistics kept; for a flowgraph that began
// meanwhile, those since its start.
function showHistogram() {
  const upper = data.latest?.latency_histogram?.upper_seconds;
  const last = data.stats.at(-1);
  if (!upper || !last?.counts) return;
  const since = data.stats.findLastIndex((entry, i) => i > 0 && entry.steps < data.stats[i - 1].steps);
  const first = since < 0 && data.stats.length > 1 ? data.stats[0] : null;
  const counts = last.counts.map((n, i) => n - (first?.counts?.[i] ?? 0));
  const steps = counts.reduce((sum, n) => sum + n, 0);
  if (!steps) return;
  drawHistogram($("histogram"), upper, counts, data.latest.budget_seconds, data.latest.dropped_tokens > 0);
  $("counted").textContent = first === null ? `${count(steps)} steps since the start`
    : `${count(steps)} steps of the last ${duration(last.time - first.time)}`;
}

function showLegend() {
  const seen = [...new Set(data.labels.map((entry) => entry.label))].sort();
  $("legend").replaceChildren(...seen.map((label) => {
    const line = element("li", label);
    const mark = element("i");
    mark.style.setProperty("--color", colorOf(label));
    line.prepend(mark);
    return line;
  }));
}

function status() {
  const now = performance.now();
  if (!connected) return ["lost", "Server not reachable, trying again"];
  if (lastData === null) return ["waiting", "Waiting for a flowgraph"];
  if (data.receivers.length) return ["lost", data.receivers[0]];
  const silent = (now - lastData) / 1000;
  return silent >= SILENT_S ? ["silent", `No data for ${Math.floor(silent)} s`] : ["live", "Live"];
}

function summary() {
  const live = table.shown([...emissions.values()]).filter((emission) => emission.is_live).length;
  if (emissions.size) return `${live} on the air · `;
  return data.now.length === 1 ? `${data.now[0].label} · ` : "";
}

function showStatus() {
  const [state, text] = status();
  $("status").dataset.state = state;
  if ($("status").lastChild.textContent !== text) $("status").lastChild.textContent = text;
  $("main").classList.toggle("stale", state !== "live");
  const problems = [...data.failures, ...(data.problem ? [`Ignored a message: ${data.problem}`] : [])];
  $("problem").hidden = !problems.length;
  $("problem").textContent = problems.join("\n");
  const counts = [missed && `${count(missed)} messages missed`, refused && `${count(refused)} refused`];
  $("missed").textContent = counts.filter(Boolean).join(", ");
  document.title = state === "live" ? `${summary()}gr-rfattn` : "gr-rfattn";
}

function connect() {
  const events = new EventSource("events");
  const heard = () => {
    lastHeard = performance.now();
    connected = true;
  };
  const again = () => {
    clearInterval(watching);
    events.close();
    connected = false;
    showStatus();
    setTimeout(connect, RETRY_MS);
  };
  const on = (name, handle) => events.addEventListener(name, (event) => {
    heard();
    handle(JSON.parse(event.data));
  });
  on("hello", (hello) => {
    $("source").textContent = hello.source;
    settings.recordings = hello.recordings;
    settings.receiver = hello.receiver;
    station.begin(hello.station);
    $("classnames").replaceChildren(...hello.classes.map((name) => {
      const option = element("option");
      option.value = name;
      return option;
    }));
  });
  on("snapshot", take);
  on("update", take);
  on("beat", () => {});
  events.onerror = again;
  lastHeard = performance.now();
  const watching = setInterval(() => {
    if (performance.now() - lastHeard > 1000 * LOST_S) again();
  }, 1000);
}

for (const button of document.querySelectorAll("#spectra .choice button")) {
  button.addEventListener("click", () => {
    values = button.dataset.values;
    for (const other of button.parentElement.children) {
      other.setAttribute("aria-pressed", other === button);
    }
    levels.clear();
    redraw();
  });
}

$("waterfall").addEventListener("mousemove", (event) => {
  const at = scale && pointedAt(scale, values, event.offsetX, event.offsetY);
  const emission = emissionAt(boxes, event.offsetX, event.offsetY);
  $("waterfall").classList.toggle("hit", emission !== null);
  $("pointed").hidden = !at;
  if (!at) return;
  const where = at.frequency === null ? "" : `${hertz(at.frequency)}, `;
  const what = emission ? `${nameOf(emission)}: ` : "";
  $("pointed").textContent = `${what}${where}${clock(at.time)}, ${at.value.toFixed(1)} dB`;
  const canvas = $("waterfall");
  const room = canvas.clientWidth - $("pointed").offsetWidth;
  $("pointed").style.left = `${canvas.offsetLeft + Math.min(event.offsetX + 14, room)}px`;
  $("pointed").style.top = `${canvas.offsetTop + event.offsetY + 14}px`;
});
$("waterfall").addEventListener("mouseleave", () => { $("pointed").hidden = true; });

// Who draws across the waterfall chooses a band of it, for the table, too.
let drawnFrom = null;
$("waterfall").addEventListener("mousedown", (event) => { drawnFrom = event.button ? null : event.offsetX; });
$("waterfall").addEventListener("mouseup", (event) => {
  const [from, to] = [drawnFrom ?? event.offsetX, event.offsetX].sort((a, b) => a - b);
  drawnFrom = null;
  if (to - from < LEAST_DRAWN) select(emissionAt(boxes, event.offsetX, event.offsetY)?.key ?? null);
  else if (scale && scale.newest.low !== null) table.chooseBand(scale.frequency(from), scale.frequency(to));
});
$("whole").addEventListener("click", () => table.chooseBand(null, null));
$("search").addEventListener("input", redraw);
$("close").addEventListener("click", () => select(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") select(null);
});

new ResizeObserver(redraw).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
setInterval(showStatus, 500);
connect();
