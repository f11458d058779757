// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The table of emissions, which can be sorted and filtered: those of now, or the history that the
// server keeps. Text goes in as text, never as HTML.

import { contentOf } from "./contents.js";
import { clock, count, decibels, hertz, percent, span } from "./text.js";

const $ = (id) => document.getElementById(id);
const MOST_LINES = 200; // as many as the server sends of the history
const ASK_MS = 250; // after a key, before the server is asked
const AGAIN_MS = 5000; // between two questions for the same
const STEP_DB = 3; // of the order by strength, so that lines seldom change their places
const NOTHING = "–";
const LEAST_GUESS = 0.1; // as in emissions/doubt.py: one that is less probable is not shown

export function element(tag, text = "", name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

// What a person called it; else the class, or the family where only that is certain, or "unknown",
// with the guess in brackets if it is worth that, and how probable it is unless that stands elsewhere.
export function labelOf({ corrected, label, family, guess, confidence }, hasShare = true) {
  if (corrected) return `${corrected} ✓`;
  if (label !== "unknown") return label ?? null;
  const shown = family ? `family ${family}` : label;
  const hasGuess = guess && guess !== label && confidence >= LEAST_GUESS;
  return hasGuess ? `${shown} (${guess}?${hasShare ? ` ${percent(confidence)}` : ""})` : shown;
}

// What it is a sideband of; "" for others.
export const sidebandOf = ({ sideband_of: of }) => (of === null ? "" : `sideband of #${of}`);

const isIgnored = ({ flags }) => flags.includes("ignored");
const isNamed = ({ corrected, label }) => Boolean(corrected) || (label ?? "unknown") !== "unknown";

// How many are not shown unless they are asked for, in words.
function hiddenText(sidebands, ignored) {
  const parts = [sidebands && `${count(sidebands)} sideband${sidebands === 1 ? "" : "s"}`, ignored && `${count(ignored)} ignored`];
  return `show ${parts.filter(Boolean).join(", ") || "0 sidebands"}`;
}

// What stands for it in a line: the label of a sideband says nothing, unless a person gave it.
export const titleOf = (emission, hasShare = true) => (!emission.corrected && sidebandOf(emission))
  || labelOf(emission, hasShare);

export const nameOf = (emission) => titleOf(emission) ?? `#${emission.id}`;

// The signals that it is compatible with, where its label is in doubt; beside a sure label they would
// only contradict it.
export function nearestOf({ corrected, label, nearest }) {
  const isInDoubt = !corrected && (label ?? "unknown") === "unknown";
  return (isInDoubt && nearest) || [];
}

export const seconds = (emission, samples) => (emission.rx_rate ? samples / emission.rx_rate : null);
export const widthOf = (emission) => emission.freq_upper - emission.freq_lower;
export const middleOf = (emission) => (emission.freq_lower + emission.freq_upper) / 2;
export const lengthOf = (emission) => seconds(emission, emission.sample_count);

// When its first sample came, s since 1970: by the receiver's clock where it is known.
export const beginOf = ({ rx_time: time, began }) => (time ? time[0] + time[1] : began);

export const shown = (value, how) => (value === null || value === undefined ? NOTHING : how(value));

// How probable the label is; null where there is none, since the guess then has its share beside it.
const sureOf = (emission) => (isNamed(emission) ? emission.confidence : null);

const isInMega = (emission) => Math.abs(middleOf(emission)) >= 1e6;

// With fixed decimals, so that those of a column stand below each other.
export function frequency(emission, inMega = isInMega(emission)) {
  const middle = middleOf(emission);
  const sign = emission.rx_freq === null && middle > 0 ? "+" : "";
  const text = inMega ? `${(middle / 1e6).toFixed(4)} MHz` : `${(middle / 1e3).toFixed(3)} kHz`;
  return sign + text.replace("-", "−");
}

// Of each column: the value it is sorted by, and its text, for which all frequencies are in MHz or
// all in kHz.
const COLUMNS = {
  id: [(e) => e.id, (e) => `${e.id}`],
  time: [beginOf, (e) => clock(beginOf(e))],
  frequency: [middleOf, frequency],
  width: [widthOf, (e) => hertz(widthOf(e), 3)],
  duration: [lengthOf, (e) => shown(lengthOf(e), span)],
  snr: [(e) => e.snr_db, (e) => decibels(e.snr_db)],
  label: [titleOf, (e) => titleOf(e) ?? NOTHING],
  nearest: [(e) => nearestOf(e)[0]?.name, (e) => nearestOf(e).map((entry) => entry.name).join(", ") || NOTHING],
  confidence: [sureOf, (e) => (sureOf(e) === null ? "" : percent(sureOf(e)))],
};

// The table; `choose` is called with the key of an emission.
export class EmissionTable {
  constructor(choose) {
    this.choose = choose;
    this.by = null; // the live ones first, the strongest first; of the history the newest first
    this.descends = false;
    this.lines = new Map(); // by key: the row and its cells
    this.emissions = [];
    this.ended = null; // how many have ended, as the server counts them
    this.history = null; // the answer of the server, where the history is shown
    this.switch = $("sidebands").querySelector("input");
    this.named = $("named").querySelector("input");
    for (const box of [this.switch, this.named]) {
      box.addEventListener("change", () => {
        this.show(this.emissions, this.selected);
        this.askSoon(0);
      });
    }
    for (const button of $("columns").querySelectorAll("button")) {
      button.addEventListener("click", () => this.sortBy(button.dataset.column));
    }
    for (const input of [$("filter"), $("low"), $("high")]) {
      input.addEventListener("input", () => {
        this.show(this.emissions, this.selected);
        this.askSoon(ASK_MS);
      });
    }
    for (const button of $("which").children) {
      button.addEventListener("click", () => this.switchTo(button.dataset.which));
    }
  }

  // "now" or "history".
  switchTo(which) {
    for (const button of $("which").children) {
      button.setAttribute("aria-pressed", button.dataset.which === which);
    }
    clearTimeout(this.asking);
    const empty = { emissions: [], found: 0, kept: 0, sidebands: 0, ignored: 0, unnamed: 0, since: null };
    this.history = which === "history" ? empty : null;
    this.show(this.emissions, this.selected);
    this.askSoon(0);
  }

  sortBy(column) {
    this.descends = column === this.by ? !this.descends : false;
    this.by = column;
    this.show(this.emissions, this.selected);
    this.askSoon(0);
  }

  // The emissions without sidebands of others and ignored ones, unless these are asked for; only those
  // with a name, if it is that.
  shown(emissions) {
    return this.listed(emissions).filter((one) => !this.named.checked || isNamed(one));
  }

  listed(emissions) {
    return this.switch.checked ? emissions : emissions.filter((one) => !sidebandOf(one) && !isIgnored(one));
  }

  // An emission of the history that is shown.
  find(key) {
    return this.history?.emissions.find((emission) => emission.key === key);
  }

  askSoon(wait) {
    clearTimeout(this.asking);
    if (this.history) this.asking = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    const [low, high] = this.band().map((edge) => (Number.isFinite(edge) ? edge : ""));
    const order = { sort: this.by ?? "time", descends: this.by === null || this.descends ? 1 : 0 };
    const choice = { sidebands: Number(this.switch.checked), named: Number(this.named.checked) };
    const query = new URLSearchParams({ words: $("filter").value, low, high, ...choice, ...order });
    try {
      const answer = await fetch(`history?${query}`);
      if (answer.ok && this.history) this.history = await answer.json();
    } catch { /* the server is not reachable, which the status tells */ }
    this.show(this.emissions, this.selected);
    this.askSoon(AGAIN_MS);
  }

  // The edges that were typed, in Hz; infinite where there is none.
  band() {
    const edge = (input, open) => (input.value.trim() === "" || Number.isNaN(Number(input.value)) ? open : 1e6 * Number(input.value));
    return [edge($("low"), -Infinity), edge($("high"), Infinity)];
  }

  // A band in Hz, as if it had been typed; null: no edges.
  chooseBand(low, high) {
    for (const [id, edge] of [["low", low], ["high", high]]) {
      $(id).value = edge === null ? "" : (edge / 1e6).toFixed(4);
    }
    $("low").dispatchEvent(new Event("input", { bubbles: true }));
  }

  show(emissions, selected) {
    this.emissions = emissions;
    this.selected = selected;
    this.inMega = (this.history?.emissions ?? emissions).some(isInMega);
    for (const button of $("columns").querySelectorAll("button")) {
      const order = this.descends ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", button.dataset.column === this.by ? order : "none");
    }
    const found = this.history ? this.history.emissions : this.found();
    const rows = found.slice(0, MOST_LINES).flatMap((emission) => this.rows(emission));
    const lines = Math.min(found.length, MOST_LINES);
    const list = $("lines");
    if (rows.length !== list.children.length || rows.some((row, i) => list.children[i] !== row)) {
      const focused = document.activeElement;
      list.replaceChildren(...rows); // takes the focus away
      if (list.contains(focused)) focused.focus({ preventScroll: true });
    }
    const keys = new Set(found.map((emission) => emission.key));
    for (const key of this.lines.keys()) if (!keys.has(key)) this.lines.delete(key);
    this.countHidden();
    $("emissioncount").textContent = this.history ? this.counted(lines) : this.countedNow(lines);
  }

  // Beside the switch, which is there where there are any.
  countHidden() {
    const sidebands = this.history ? this.history.sidebands : this.emissions.filter(sidebandOf).length;
    const ignored = this.history ? this.history.ignored : this.emissions.filter((one) => isIgnored(one) && !sidebandOf(one)).length;
    $("sidebands").hidden = !sidebands && !ignored && !this.switch.checked;
    $("sidebands").querySelector("span").textContent = hiddenText(sidebands, ignored);
    const unnamed = this.history ? this.history.unnamed : this.listed(this.emissions).filter((one) => !isNamed(one)).length;
    $("named").querySelector("span").textContent = `named only${unnamed ? ` (${count(unnamed)} without a name)` : ""}`;
  }

  countedNow(lines) {
    const all = this.shown(this.emissions);
    const live = all.filter((emission) => emission.is_live).length;
    const ended = Math.max(all.length - live, this.countEnded());
    const part = lines < live + ended ? `, ${count(lines)} shown` : "";
    return `${count(live)} live, ${count(ended)} ended${part}`;
  }

  countEnded() {
    if (!this.ended) return 0;
    const { kept, sidebands, ignored, unnamed } = this.ended;
    return kept + (this.switch.checked ? sidebands + ignored : 0) - (this.named.checked ? unnamed : 0);
  }

  counted(lines) {
    const { found, kept, since } = this.history;
    const part = lines < found ? `, ${count(lines)} shown` : "";
    return `${count(found)} of ${count(kept)} ended${since === null ? "" : ` since ${clock(since)}`}${part}`;
  }

  // The emissions in the band that contain all words of the filter, sorted; those without a value
  // come last.
  found() {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [low, high] = this.band();
    const texts = (e) => [e.is_live ? "live" : "ended", ...Object.values(COLUMNS).map(([, text]) => text(e, this.inMega)),
      ...e.flags, contentOf(e)].join(" ").toLowerCase();
    const kept = this.shown(this.emissions).filter((e) => e.freq_upper >= low && e.freq_lower <= high
      && (!words.length || words.every((word) => texts(e).includes(word))));
    const strength = (e) => Math.round(e.snr_db / STEP_DB);
    if (!this.by) return kept.sort((a, b) => b.is_live - a.is_live || strength(b) - strength(a) || b.id - a.id);
    const [value] = COLUMNS[this.by];
    const sign = this.descends ? -1 : 1;
    return kept.sort((a, b) => compare(value(a), value(b), sign) || b.id - a.id);
  }

  // The row of an emission, and one below it for the newest of its content.
  rows(emission) {
    if (!this.lines.has(emission.key)) this.lines.set(emission.key, this.made(emission));
    const line = this.lines.get(emission.key);
    for (const row of [line.row, line.below]) {
      row.classList.toggle("live", emission.is_live);
      row.classList.toggle("ended", !emission.is_live);
      row.classList.toggle("unnamed", !isNamed(emission));
      row.setAttribute("aria-current", emission.key === this.selected);
    }
    if (line.drawn !== emission || line.inMega !== this.inMega) {
      Object.values(COLUMNS).forEach(([, how], i) => write(line.cells[i], how(emission, this.inMega)));
      write(line.below.firstChild.firstChild, contentOf(emission));
      [line.drawn, line.inMega] = [emission, this.inMega];
    }
    return contentOf(emission) ? [line.row, line.below] : [line.row];
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
    const below = element("tr", "", "content");
    const cell = element("td");
    cell.colSpan = cells.length;
    cell.append(element("span"));
    below.append(cell);
    for (const one of [row, below]) one.addEventListener("click", () => this.choose(emission.key));
    return { row, below, cells };
  }
}

function write(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

// In this order, or the other for a sign of -1; those without a value come last.
export function compare(a, b, sign) {
  const missing = (value) => value === null || value === undefined;
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
}
