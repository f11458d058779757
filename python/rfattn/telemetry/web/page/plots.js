// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws on canvases. Coordinates are in CSS pixels, times in s.

import { duration, hertz, milliseconds } from "./text.js";

const LEFT = 44;
const RIGHT = 14;
const BOTTOM = 20;
const RIBBON = 16; // width of the labels beside the waterfall
const KEPT_ROWS = 240;
const POWERS = { [-6]: "1 µs", [-5]: "10 µs", [-4]: "0.1 ms", [-3]: "1 ms", [-2]: "10 ms",
  [-1]: "0.1 s", 0: "1 s", 1: "10 s" };

// Eight colors of matplotlib's inferno, at equal distances.
const HEAT = [[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66],
  [245, 125, 21], [250, 193, 39], [252, 255, 164]];

const PALETTE = new Uint32Array(256).map((_, i) => {
  const at = (i / 255) * (HEAT.length - 1);
  const below = Math.min(Math.floor(at), HEAT.length - 2);
  const [r, g, b] = HEAT[below].map((v, c) => Math.round(v + (HEAT[below + 1][c] - v) * (at - below)));
  return (255 << 24) | (b << 16) | (g << 8) | r;
});

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

function begin(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const dense = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const ctx = canvas.getContext("2d");
  ctx.setTransform(dense, 0, 0, dense, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  ctx.lineWidth = 1;
  return { ctx, width, height };
}

function text(ctx, what, x, y, align = "left") {
  ctx.fillStyle = color("quiet");
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(what, x, y);
}

function rule(ctx, x1, y1, x2, y2, stroke = color("grid")) {
  ctx.strokeStyle = stroke;
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

// The horizontal extent of the spectra, for the trace, the waterfall and the pointer.
export function bandOf(canvas) {
  return { left: LEFT, right: canvas.clientWidth - RIGHT - RIBBON - 4 };
}

// The span of dB to draw: from the noise floor to the highest value, which it follows slowly.
export class Levels {
  low = null;
  high = null;

  follow(rows, name) {
    const values = rows.slice(-40).flatMap((row) => row[name]).filter((v) => v !== null);
    if (!values.length) return;
    values.sort((a, b) => a - b);
    const low = values[Math.floor(values.length * 0.05)] - 3;
    const high = Math.max(values.at(-1) + 2, low + 20);
    const share = this.low === null ? 1 : 0.15;
    this.low = this.low === null ? low : this.low + share * (low - this.low);
    this.high = this.high === null ? high : this.high + share * (high - this.high);
  }

  clear() {
    this.low = this.high = null;
  }

  share(value) {
    return value === null ? 0 : Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low)));
  }
}

export function drawTrace(canvas, row, name, levels) {
  const { ctx, height } = begin(canvas);
  const { left, right } = bandOf(canvas);
  const y = (value) => 4 + (1 - levels.share(value)) * (height - 8);
  const step = levels.high - levels.low > 60 ? 20 : 10;
  for (let level = Math.ceil(levels.low / step) * step; level < levels.high; level += step) {
    rule(ctx, left, y(level), right, y(level));
    text(ctx, level, left - 6, y(level), "right");
  }
  text(ctx, "dB", right + 6, 9);
  const values = row[name];
  const x = (i) => left + ((i + 0.5) / values.length) * (right - left);
  ctx.beginPath();
  values.forEach((value, i) => ctx.lineTo(x(i), y(value)));
  ctx.strokeStyle = color("trace");
  ctx.lineWidth = 1.6;
  ctx.lineJoin = "round";
  ctx.stroke();
  ctx.lineTo(x(values.length - 1), height - 4);
  ctx.lineTo(x(0), height - 4);
  ctx.globalAlpha = 0.15;
  ctx.fillStyle = color("trace");
  ctx.fill();
  ctx.globalAlpha = 1;
}

// Newest on top, each row at its own frequencies on the axis of the newest; beside each row the
// colors of its labels, one per stream.
export function drawWaterfall(canvas, rows, name, levels, colorsAt) {
  const { ctx, height } = begin(canvas);
  const { left, right } = bandOf(canvas);
  const bottom = height - BOTTOM;
  const newest = rows.at(-1);
  const shown = rows.slice(-KEPT_ROWS);
  const rowHeight = bottom / KEPT_ROWS;
  ctx.fillStyle = color("grid");
  ctx.fillRect(left, 0, right - left, bottom);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, right - left, bottom);
  ctx.clip();
  ctx.imageSmoothingEnabled = false;
  let top = 0;
  for (const run of runsOfOneBand(shown, name)) {
    const [from, to] = placed(run[0], newest).map((share) => left + share * (right - left));
    ctx.drawImage(picture(run, name, levels), from, top, to - from, rowHeight * run.length);
    top += rowHeight * run.length;
  }
  ctx.restore();
  shown.toReversed().forEach((row, i) => {
    const colors = colorsAt(row.time);
    const width = RIBBON / colors.length;
    colors.forEach((found, column) => {
      ctx.fillStyle = found ?? color("grid");
      ctx.fillRect(right + 4 + column * width, i * rowHeight, width, rowHeight + 0.5);
    });
  });
  timeAxis(ctx, shown, rowHeight, left);
  bandAxis(ctx, newest, left, right, bottom);
}

// Newest first; in each the oldest row first.
function runsOfOneBand(rows, name) {
  const runs = [];
  for (const row of rows.toReversed()) {
    const last = runs.at(-1)?.[0];
    const same = last && last.low === row.low && last.high === row.high
      && last[name].length === row[name].length;
    if (same) runs.at(-1).unshift(row);
    else runs.push([row]);
  }
  return runs;
}

// Where a row begins and ends on the axis of another one, as shares of its width.
function placed(row, axis) {
  if (row.low === null || axis.low === null) return [0, 1];
  return [row.low, row.high].map((edge) => (edge - axis.low) / (axis.high - axis.low));
}

function picture(rows, name, levels) {
  const [width, height] = [rows[0][name].length, rows.length];
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  rows.forEach((row, i) => {
    const start = (height - 1 - i) * width;
    row[name].forEach((value, j) => {
      pixels[start + j] = PALETTE[Math.round(255 * levels.share(value))];
    });
  });
  const off = new OffscreenCanvas(width, height);
  off.getContext("2d").putImageData(image, 0, 0);
  return off;
}

function timeAxis(ctx, rows, rowHeight, left) {
  const newest = rows.at(-1).time;
  const tall = 50; // between two times
  for (let y = tall; y < rows.length * rowHeight; y += tall) {
    const row = rows[rows.length - 1 - Math.floor(y / rowHeight)];
    text(ctx, `−${duration(newest - row.time)}`, left - 6, y, "right");
  }
  text(ctx, "now", left - 6, 7, "right");
}

function bandAxis(ctx, row, left, right, bottom) {
  if (row.low === null) {
    text(ctx, "frequency unknown", (left + right) / 2, bottom + 12, "center");
    return;
  }
  const parts = right - left > 520 ? 4 : 2;
  for (let i = 0; i <= parts; i++) {
    const x = left + (i / parts) * (right - left);
    const align = i === 0 ? "left" : i === parts ? "right" : "center";
    rule(ctx, x, bottom, x, bottom + 4, color("quiet"));
    text(ctx, hertz(row.low + (i / parts) * (row.high - row.low)), x, bottom + 13, align);
  }
}

// What the waterfall shows at a point: value in dB, and frequency in Hz where it is known; null
// beside its rows.
export function pointedAt(canvas, rows, name, x, y) {
  const { left, right } = bandOf(canvas);
  const shown = rows.slice(-KEPT_ROWS);
  const row = shown[shown.length - 1 - Math.floor((y / (canvas.clientHeight - BOTTOM)) * KEPT_ROWS)];
  if (!row || x < left || x >= right) return null;
  const [from, to] = placed(row, rows.at(-1));
  const share = ((x - left) / (right - left) - from) / (to - from);
  if (share < 0 || share >= 1) return null;
  return {
    value: row[name][Math.floor(share * row[name].length)],
    frequency: row.low === null ? null : row.low + share * (row.high - row.low),
  };
}

// A span of time up to the newest entry, and its axis.
function timeScale(ctx, entries, width, height) {
  const newest = entries.at(-1).time;
  const span = Math.max(30, Math.min(300, newest - entries[0].time));
  const x = (time) => LEFT + (1 - (newest - time) / span) * (width - LEFT - RIGHT);
  const step = span > 150 ? 60 : span > 60 ? 30 : 10;
  for (let ago = 0; ago <= span; ago += step) {
    rule(ctx, x(newest - ago), 4, x(newest - ago), height - BOTTOM);
    text(ctx, ago ? `−${duration(ago)}` : "now", x(newest - ago), height - 8, ago ? "center" : "right");
  }
  return { x, from: newest - span };
}

export function drawConfidence(canvas, labels, colorOf) {
  const { ctx, width, height } = begin(canvas);
  const y = (confidence) => 6 + (1 - confidence) * (height - BOTTOM - 6);
  for (const level of [0, 0.25, 0.5, 0.75, 1]) {
    rule(ctx, LEFT, y(level), width - RIGHT, y(level));
    text(ctx, level.toFixed(2), LEFT - 6, y(level), "right");
  }
  if (!labels.length) return;
  const { x, from } = timeScale(ctx, labels, width, height);
  for (const entry of labels) {
    if (entry.time < from) continue;
    ctx.fillStyle = colorOf(entry.label);
    ctx.globalAlpha = 0.85;
    ctx.beginPath();
    ctx.arc(x(entry.time), y(entry.confidence), 2.6, 0, 7);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

export function drawLatency(canvas, stats, budget) {
  const { ctx, width, height } = begin(canvas);
  if (!stats.length) return;
  const names = ["p99", "p95", "p50"];
  const shown = stats.filter((entry) => entry.latency.p50 > 0);
  if (!shown.length) return;
  const values = shown.flatMap((entry) => names.map((name) => entry.latency[name])).concat(budget);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)) + 0.01);
  const y = (value) => 6 + ((high - Math.log10(value)) / (high - low)) * (height - BOTTOM - 6);
  for (let power = low; power <= high; power++) {
    rule(ctx, LEFT, y(10 ** power), width - RIGHT, y(10 ** power));
    text(ctx, POWERS[power] ?? `1e${power} s`, LEFT - 6, y(10 ** power), "right");
  }
  const { x, from } = timeScale(ctx, shown, width, height);
  ctx.setLineDash([5, 4]);
  rule(ctx, LEFT, y(budget), width - RIGHT, y(budget), color("bad"));
  ctx.setLineDash([]);
  for (const name of names) {
    ctx.beginPath();
    for (const entry of shown) {
      if (entry.time >= from) ctx.lineTo(x(entry.time), y(entry.latency[name]));
    }
    ctx.strokeStyle = color(name);
    ctx.lineWidth = 1.8;
    ctx.lineJoin = "round";
    ctx.stroke();
  }
  const budgetText = `budget ${milliseconds(budget)} ms`;
  ctx.strokeStyle = color("card");
  ctx.lineWidth = 4;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.strokeText(budgetText, LEFT + 6, y(budget) - 8);
  text(ctx, budgetText, LEFT + 6, y(budget) - 8);
}

// Draws bars between the edges of the buckets, on a logarithmic axis; those over the budget in red.
export function drawHistogram(canvas, upper, counts, budget) {
  const { ctx, width, height } = begin(canvas);
  const bottom = height - BOTTOM;
  const ratio = upper[1] / upper[0];
  const edges = [upper[0] / ratio, ...upper, upper.at(-1) * ratio]; // the ends have no other edge
  const used = counts.flatMap((n, i) => (n ? [i] : []));
  const within = upper.findIndex((edge) => edge >= budget);
  const ends = within < 0 ? used : [...used, within];
  const [from, to] = [Math.max(0, Math.min(...ends) - 1), Math.min(counts.length - 1, Math.max(...ends) + 1)];
  const [low, high] = [Math.log(edges[from]), Math.log(edges[to + 1])];
  const x = (value) => LEFT + ((Math.log(value) - low) / (high - low)) * (width - LEFT - RIGHT);
  const steps = counts.reduce((sum, n) => sum + n, 0);
  const most = Math.max(...counts) / steps;
  const y = (share) => bottom - (share / most) * (bottom - 24);
  const tick = [0.05, 0.1, 0.2, 0.25, 0.5].find((size) => most / size <= 4) ?? 0.5;
  for (let share = 0; share <= most; share += tick) {
    rule(ctx, LEFT, y(share), width - RIGHT, y(share));
    text(ctx, `${Math.round(100 * share)} %`, LEFT - 6, y(share), "right");
  }
  for (let i = from; i <= to; i++) {
    const [left, right] = [x(edges[i]), x(edges[i + 1])];
    ctx.fillStyle = color(edges[i + 1] > budget ? "bad" : "p50");
    const top = y(counts[i] / steps);
    const seen = counts[i] ? Math.max(2, bottom - top) : 0; // one late step of a million, too
    ctx.fillRect(left + 1, bottom - seen, Math.max(1, right - left - 2), seen);
  }
  let free = LEFT - 20;
  for (let power = Math.floor(Math.log10(edges[from])); power <= 1; power++) {
    for (const digit of [1, 3]) {
      const at = x(digit * 10 ** power);
      if (at < Math.max(LEFT, free) || at > width - RIGHT) continue;
      rule(ctx, at, bottom, at, bottom + 4, color("quiet"));
      text(ctx, POWERS[power].replace("1", digit), at, height - 8, "center");
      free = at + 48;
    }
  }
  ctx.setLineDash([5, 4]);
  rule(ctx, x(budget), 16, x(budget), bottom, color("bad"));
  ctx.setLineDash([]);
  const fits = x(budget) > LEFT + 90;
  text(ctx, `budget ${milliseconds(budget)} ms`, x(budget) + (fits ? -4 : 4), 9, fits ? "right" : "left");
}
