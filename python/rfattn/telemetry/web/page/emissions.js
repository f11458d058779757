// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The table of emissions, which can be sorted and filtered, and the details of one of them. Text
// goes in as text, never as HTML.

import { clock, count, hertz, percent, span } from "./text.js";

const $ = (id) => document.getElementById(id);
const MOST_LINES = 200;
const NOTHING = "–";

export function element(tag, text = "", name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

// The class, or the family where only that is certain, or "unknown", with the guess in brackets.
function labelOf({ label, family, guess, confidence }) {
  if (label !== "unknown") return label ?? null;
  const shown = family ? `family ${family}` : label;
  return guess && guess !== label ? `${shown} (${guess}? ${confidence.toFixed(2)})` : shown;
}

// The label of a model, else the nearest entry of the signal table, marked as no more than that.
export const nameOf = (emission) => labelOf(emission)
  ?? (emission.nearest?.length ? `≈ ${emission.nearest[0].name}` : `#${emission.id}`);

const seconds = (emission, samples) => (emission.rx_rate ? samples / emission.rx_rate : null);
export const widthOf = (emission) => emission.freq_upper - emission.freq_lower;
export const middleOf = (emission) => (emission.freq_lower + emission.freq_upper) / 2;
const lengthOf = (emission) => seconds(emission, emission.sample_count);

// When its first sample came, s since 1970: by the receiver's clock where it is known.
const beginOf = ({ rx_time: time, began }) => (time ? time[0] + time[1] : began);

const decibels = (value) => value.toFixed(1).replace("-", "−");
const shown = (value, how) => (value === null || value === undefined ? NOTHING : how(value));

// With fixed decimals, so that those of a column stand below each other.
function frequency(emission) {
  const middle = middleOf(emission);
  const sign = emission.rx_freq === null && middle > 0 ? "+" : "";
  const text = Math.abs(middle) >= 1e6 ? `${(middle / 1e6).toFixed(4)} MHz` : `${(middle / 1e3).toFixed(3)} kHz`;
  return sign + text.replace("-", "−");
}

// Of each column: the value it is sorted by, and its text.
const COLUMNS = {
  id: [(e) => e.id, (e) => `${e.id}`],
  time: [beginOf, (e) => clock(beginOf(e))],
  frequency: [middleOf, frequency],
  width: [widthOf, (e) => hertz(widthOf(e), 3)],
  duration: [lengthOf, (e) => shown(lengthOf(e), span)],
  snr: [(e) => e.snr_db, (e) => decibels(e.snr_db)],
  label: [labelOf, (e) => labelOf(e) ?? NOTHING],
  nearest: [(e) => e.nearest?.[0]?.name, (e) => e.nearest?.map((entry) => entry.name).join(", ") || NOTHING],
  confidence: [(e) => e.confidence, (e) => shown(e.confidence, percent)],
};

// The table; `choose` is called with the key of an emission.
export class EmissionTable {
  constructor(choose) {
    this.choose = choose;
    this.by = null; // the live ones first, then by time, the newest first
    this.descends = false;
    this.lines = new Map(); // by key: the row and its cells
    for (const button of $("columns").querySelectorAll("button")) {
      button.addEventListener("click", () => this.sortBy(button.dataset.column));
    }
    $("filter").addEventListener("input", () => this.show(this.emissions, this.selected));
  }

  sortBy(column) {
    this.descends = column === this.by ? !this.descends : false;
    this.by = column;
    this.show(this.emissions, this.selected);
  }

  show(emissions, selected) {
    this.emissions = emissions;
    this.selected = selected;
    for (const button of $("columns").querySelectorAll("button")) {
      const order = this.descends ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", button.dataset.column === this.by ? order : "none");
    }
    const found = this.found();
    const rows = found.slice(0, MOST_LINES).map((emission) => this.row(emission));
    const list = $("lines");
    if (rows.length !== list.children.length || rows.some((row, i) => list.children[i] !== row)) {
      const focused = document.activeElement;
      list.replaceChildren(...rows); // takes the focus away
      if (list.contains(focused)) focused.focus({ preventScroll: true });
    }
    const keys = new Set(emissions.map((emission) => emission.key));
    for (const key of this.lines.keys()) if (!keys.has(key)) this.lines.delete(key);
    const live = emissions.filter((emission) => emission.is_live).length;
    const part = rows.length < emissions.length ? `, ${count(rows.length)} shown` : "";
    $("emissioncount").textContent = `${count(live)} live, ${count(emissions.length - live)} ended${part}`;
  }

  // The emissions that contain all words of the filter, sorted; those without a value come last.
  found() {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const texts = (e) => [e.is_live ? "live" : "ended", ...Object.values(COLUMNS).map(([, text]) => text(e)),
      ...e.flags].join(" ").toLowerCase();
    const kept = this.emissions.filter((e) => !words.length || words.every((word) => texts(e).includes(word)));
    if (!this.by) return kept.sort((a, b) => b.is_live - a.is_live || compare(beginOf(a), beginOf(b), -1) || b.id - a.id);
    const [value] = COLUMNS[this.by];
    const sign = this.descends ? -1 : 1;
    return kept.sort((a, b) => compare(value(a), value(b), sign) || b.id - a.id);
  }

  row(emission) {
    if (!this.lines.has(emission.key)) this.lines.set(emission.key, this.made(emission));
    const { row, cells, drawn } = this.lines.get(emission.key);
    row.className = emission.is_live ? "live" : "ended";
    row.setAttribute("aria-current", emission.key === this.selected);
    if (drawn !== emission) {
      Object.values(COLUMNS).forEach(([, text], i) => {
        if (cells[i].textContent !== text(emission)) cells[i].textContent = text(emission);
      });
      this.lines.get(emission.key).drawn = emission;
    }
    return row;
  }

  made(emission) {
    const row = element("tr");
    const button = element("button");
    button.type = "button";
    const cells = Object.keys(COLUMNS).map((column) => {
      const cell = element("td", "", column);
      row.append(cell);
      return column === "id" ? button : cell;
    });
    row.firstChild.append(element("i"), button);
    row.addEventListener("click", () => this.choose(emission.key));
    return { row, cells };
  }
}

function compare(a, b, sign) {
  const missing = (value) => value === null || value === undefined;
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
}

let detailed = null; // whose details stand there

// Shows all that is known of an emission, or how to choose one.
export function showDetails(emission) {
  $("details").classList.toggle("without", !emission);
  if (!emission || emission === detailed) return;
  detailed = emission;
  $("detailname").replaceChildren(element("b", nameOf(emission)),
    element("span", `#${emission.id}, ${emission.is_live ? "live" : "ended"}`));
  const pairs = measurementsOf(emission);
  $("measurements").replaceChildren(...pairs.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
  showScores("nearest", "Compatible with", (emission.nearest ?? []).map(({ name, score }) => [name, score]));
  const probabilities = Object.entries(emission.probabilities ?? {}).sort((a, b) => b[1] - a[1]);
  showScores("likeliest", "Label by the model", probabilities.slice(0, 5));
}

function measurementsOf(emission) {
  const rate = emission.rx_rate;
  const pause = emission.is_live && emission.burst_start === null;
  const latest = emission.bursts.slice(-4).map(([, length]) => shown(seconds(emission, length), span));
  const onAir = emission.is_live && emission.burst_start !== null ? ", one on the air" : "";
  return [
    ["Frequency", frequency(emission)],
    ["Edges", `${hertz(emission.freq_lower, 8)} to ${hertz(emission.freq_upper, 8)}`],
    ["Width", hertz(widthOf(emission), 4)],
    ["Begun", `${clock(beginOf(emission))}, sample ${count(emission.sample_start)}`],
    ["Duration", shown(lengthOf(emission), span) + (pause ? ", pauses" : "")],
    ["Duty", percent(emission.duty)],
    ["Period", shown(emission.period_s, span)],
    ["Bursts", `${count(emission.burst_count)} ended${onAir}`],
    ...(latest.length ? [["Latest", latest.join(", ")]] : []),
    ["SNR", `${decibels(emission.snr_db)} dB`],
    ["Power", `${decibels(emission.power_db)} dBFS`],
    ["Flags", emission.flags.join(", ") || "none"],
    ...(emission.label ? [["Label", emission.label === "unknown" ? labelOf(emission) : `${emission.label} ${shown(emission.confidence, percent)}`]] : []),
    ...(emission.family ? [["Family", emission.family]] : []),
    ...(rate ? [["Rate", hertz(rate).replace("Hz", "S/s")]] : []),
  ];
}

function showScores(id, title, scores) {
  $(id).hidden = !scores.length;
  $(id).replaceChildren(element("h3", title), ...scores.map(([name, score]) => {
    const line = element("div", "", "score");
    const bar = element("span", "", "bar");
    bar.append(element("i"));
    line.style.setProperty("--share", `${100 * score}%`);
    line.append(element("span", name, "name"), bar, element("span", score.toFixed(2), "value"));
    return line;
  }));
}

// What can be fetched of an emission's I/Q, or how to get it; elements for the details.
export async function filesOf(emission, hasRecordings) {
  if (!hasRecordings) {
    const line = element("p", "For I/Q give the flowgraph ", "quiet");
    line.append(element("code", "--record DIR"), " and this page's ", element("code", "serve --recordings DIR"), ".");
    return [line];
  }
  const answer = await fetch(`recordings/${emission.key}`);
  const found = answer.ok ? await answer.json() : [];
  const state = emission.is_live ? "I/Q is there when the emission has ended." : "No I/Q of this emission in the folder of recordings.";
  if (!found.length) return [element("p", state, "quiet")];
  return found.map(({ name, size }) => {
    const link = element("a", `${name}, ${size.replace(" ", "\u00a0")}`);
    link.href = `recordings/${emission.key}/${encodeURIComponent(name)}`;
    link.download = name;
    return link;
  });
}
