// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws spectra: the latest one, and the waterfall with its axes. Coordinates are in CSS pixels,
// frequencies in Hz, times in s.

import { begin, color, rule, text } from "./canvas.js";
import { duration, hertz, unitOf } from "./text.js";

export const ROWS = 300; // one pixel each
export const LEFT = 48;
export const RIGHT = 14;
export const AXIS = 34; // height of the frequencies below
const RIBBON = 16; // width of the labels beside the waterfall

// Eight colors of matplotlib's inferno, at equal distances.
const HEAT = [[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66],
  [245, 125, 21], [250, 193, 39], [252, 255, 164]];

const PALETTE = new Uint32Array(256).map((_, i) => {
  const at = (i / 255) * (HEAT.length - 1);
  const below = Math.min(Math.floor(at), HEAT.length - 2);
  const [r, g, b] = HEAT[below].map((v, c) => Math.round(v + (HEAT[below + 1][c] - v) * (at - below)));
  return (255 << 24) | (b << 16) | (g << 8) | r;
});

// The values of a row of feed.py, in dB.
export function unpack({ low_db, step_db, bytes }) {
  return Float32Array.from(atob(bytes), (byte) => low_db + step_db * byte.charCodeAt(0));
}

// The span of dB to draw: from the noise floor to the highest value, which it follows slowly.
export class Levels {
  low = null;
  high = null;

  follow(rows, name) {
    const values = rows.slice(-40).flatMap((row) => [...row[name].filter((_, i) => i % 4 === 0)]);
    values.push(...rows.at(-1)[name]);
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
    return Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low)));
  }
}

// What places samples and frequencies on the canvas of a waterfall. The newest row is on top; each
// row has its own samples and band, and the axis is that of the newest.
export class Scale {
  // The band [low, high] is drawn as far as the newest row has it; the whole row where it has nothing of it.
  constructor(canvas, rows, ribbon, [low, high] = [-Infinity, Infinity]) {
    this.rows = rows.slice(-ROWS);
    this.whole = rows.at(-1);
    const band = { low: Math.max(low, this.whole.low), high: Math.min(high, this.whole.high) };
    this.isPart = this.whole.low !== null && band.low < band.high
      && band.high - band.low < this.whole.high - this.whole.low;
    this.newest = this.isPart ? { ...this.whole, ...band } : this.whole;
    this.left = LEFT;
    this.right = canvas.clientWidth - RIGHT - (ribbon ? RIBBON + 4 : 0);
    this.bottom = canvas.clientHeight - AXIS;
    this.rowHeight = this.bottom / ROWS;
    const restart = this.rows.findLastIndex((row, i) => i > 0 && row.sample < this.rows[i - 1].sample);
    this.first = Math.max(0, restart); // of the rows that count the same samples
  }

  x(frequency) {
    const { low, high } = this.newest;
    return this.left + ((frequency - low) / (high - low)) * (this.right - this.left);
  }

  frequency(x) {
    const { low, high } = this.newest;
    return low + ((x - this.left) / (this.right - this.left)) * (high - low);
  }

  // Of a sample; from 0, the end of the newest row, which is taken to be as long as the one before.
  y(sample) {
    const { rows, first } = this;
    let below = first;
    let above = rows.length - 1;
    while (below < above) { // the last row that begins at the sample or before
      const middle = Math.ceil((below + above) / 2);
      if (rows[middle].sample <= sample) below = middle;
      else above = middle - 1;
    }
    const start = rows[below].sample;
    const end = below + 1 < rows.length ? rows[below + 1].sample
      : start + Math.max(1, start - (rows[below - 1]?.sample ?? start - 1));
    const share = Math.min(1, (sample - start) / (end - start));
    return (rows.length - below - share) * this.rowHeight;
  }

  // When the oldest row of these samples was sent; s since 1970.
  get since() {
    return this.rows[this.first].time;
  }

  rowAt(y) {
    return this.rows[this.rows.length - 1 - Math.floor(y / this.rowHeight)];
  }
}

export function drawTrace(canvas, scale, name, levels) {
  const { ctx, height } = begin(canvas);
  const { left, right } = scale;
  const y = (value) => 4 + (1 - levels.share(value)) * (height - 8);
  const step = levels.high - levels.low > 60 ? 20 : 10;
  for (let level = Math.ceil(levels.low / step) * step; level < levels.high; level += step) {
    rule(ctx, left, y(level), right, y(level));
    const unit = level + step < levels.high ? "" : " dB"; // of the highest one
    text(ctx, `${level}${unit}`.replace("-", "−"), left - 6, Math.max(6, y(level)), "right");
  }
  const values = scale.newest[name];
  const [from, to] = placed(scale.whole, scale.newest).map((share) => left + share * (right - left));
  const x = (i) => from + ((i + 0.5) / values.length) * (to - from);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, right - left, height);
  ctx.clip();
  ctx.beginPath();
  values.forEach((value, i) => ctx.lineTo(x(i), y(value)));
  ctx.strokeStyle = color("trace");
  ctx.lineWidth = values.length > 400 ? 1.1 : 1.6;
  ctx.lineJoin = "round";
  ctx.stroke();
  ctx.lineTo(x(values.length - 1), height - 4);
  ctx.lineTo(x(0), height - 4);
  ctx.globalAlpha = 0.15;
  ctx.fillStyle = color("trace");
  ctx.fill();
  ctx.restore();
}

// Draws the rows, beside each the colors of its labels, one per stream (null: none are drawn).
export function drawWaterfall(canvas, scale, name, levels, colorsAt) {
  const { ctx } = begin(canvas);
  const { left, right, bottom, rowHeight, rows } = scale;
  ctx.fillStyle = color("grid");
  ctx.fillRect(left, 0, right - left, bottom);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, right - left, bottom);
  ctx.clip();
  ctx.imageSmoothingEnabled = false;
  let top = 0;
  for (const run of runsOfOneBand(rows, name)) {
    const [from, to] = placed(run[0], scale.newest).map((share) => left + share * (right - left));
    const columns = Math.round((to - from) * (window.devicePixelRatio || 1));
    ctx.drawImage(picture(run, name, levels, columns), from, top, to - from, rowHeight * run.length);
    top += rowHeight * run.length;
  }
  ctx.restore();
  if (colorsAt) drawRibbon(ctx, scale, colorsAt);
  timeAxis(ctx, scale);
  bandAxis(ctx, scale);
  return ctx;
}

function drawRibbon(ctx, { rows, right, rowHeight }, colorsAt) {
  rows.toReversed().forEach((row, i) => {
    const colors = colorsAt(row.time);
    const width = RIBBON / colors.length;
    colors.forEach((found, column) => {
      ctx.fillStyle = found ?? color("grid");
      ctx.fillRect(right + 4 + column * width, i * rowHeight, width, rowHeight + 0.5);
    });
  });
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

// Where there are more bins than columns, a column shows the largest of its bins.
export function picture(rows, name, levels, columns) {
  const bins = rows[0][name].length;
  const [width, height] = [Math.max(1, Math.min(bins, columns)), rows.length];
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  rows.forEach((row, i) => {
    const start = (height - 1 - i) * width;
    for (let column = 0; column < width; column++) {
      const end = Math.floor(((column + 1) * bins) / width);
      let value = -Infinity;
      for (let bin = Math.floor((column * bins) / width); bin < end; bin++) value = Math.max(value, row[name][bin]);
      pixels[start + column] = PALETTE[Math.round(255 * levels.share(value))];
    }
  });
  const off = new OffscreenCanvas(width, height);
  off.getContext("2d").putImageData(image, 0, 0);
  return off;
}

// Marks ages, at round seconds that lie 40 pixels or more apart.
function timeAxis(ctx, { rows, rowHeight, left, newest }) {
  text(ctx, "now", left - 6, 7, "right");
  const span = newest.time - rows[0].time;
  const step = stepOf(span / Math.max(1, (rows.length * rowHeight) / 40), [1, 2, 5, 10, 15, 30, 60]);
  let age = step;
  rows.toReversed().forEach((row, i) => {
    if (newest.time - row.time < age) return;
    const y = i * rowHeight;
    rule(ctx, left - 4, y, left, y, color("quiet"));
    if (y > 20) text(ctx, `−${duration(age)}`, left - 6, y, "right");
    age += step * Math.ceil((newest.time - row.time - age + 1e-9) / step || 1);
  });
}

// The first of the steps that is not smaller; beyond them, powers of ten times 1, 2 or 5.
export function stepOf(least, steps = []) {
  const known = steps.find((step) => step >= least);
  if (known) return known;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * (1 - 1e-9));
}

// Marks round frequencies, as close together as their texts allow.
export function bandAxis(ctx, { left, right, bottom, newest }) {
  const { low, high, is_absolute: absolute } = newest;
  if (low === null) {
    text(ctx, "frequency unknown: the samples have no rate", (left + right) / 2, bottom + 13, "center");
    return;
  }
  const [unit, prefix] = unitOf(Math.max(Math.abs(low), Math.abs(high)));
  const digitsOf = (step) => Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  const wide = (step) => ctx.measureText((high / unit).toFixed(digitsOf(step))).width + 36;
  let step = stepOf((high - low) / 100);
  while ((step / (high - low)) * (right - left) < wide(step)) step = stepOf(1.01 * step);
  const digits = digitsOf(step);
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high * (1 + 1e-12); i++) {
    const x = left + ((i * step - low) / (high - low)) * (right - left);
    rule(ctx, x, bottom, x, bottom + 4, color("quiet"));
    const label = ((i * step) / unit).toFixed(digits).replace("-", "−");
    if (x > left + 4 && x < right - 4) text(ctx, label, x, bottom + 13, "center");
  }
  const about = absolute || low === 0 ? "" : " from the centre";
  text(ctx, `${prefix}Hz${about}, ${hertz(high - low, 4)} wide`, (left + right) / 2, bottom + 27, "center");
}

// What the waterfall shows at a point: value in dB, time, and frequency where it is known; null
// beside its rows.
export function pointedAt(scale, name, x, y) {
  const row = y < scale.bottom ? scale.rowAt(y) : null;
  if (!row || x < scale.left || x >= scale.right) return null;
  const [from, to] = placed(row, scale.newest);
  const share = ((x - scale.left) / (scale.right - scale.left) - from) / (to - from);
  if (share < 0 || share >= 1) return null;
  return {
    value: row[name][Math.floor(share * row[name].length)],
    time: row.time,
    frequency: row.low === null ? null : row.low + share * (row.high - row.low),
  };
}
