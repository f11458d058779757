// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws the spectrogram of one emission. A picture is {rows, seconds}: rows as those of the
// waterfall, the oldest first, and how long they last together (null: not known).

import { begin, rule, text, color } from "./canvas.js";
import { span } from "./text.js";
import { AXIS, LEFT, Levels, RIGHT, bandAxis, picture as heatmap, stepOf, unpack } from "./waterfall.js";

const MARGIN = 0.5; // of the width of an emission, on each side of it
const LEAST_BINS = 8;
const MOST_ROWS = 300;

// What spectrogram.py sends, as a picture.
export function unpackPicture(sent) {
  const values = unpack(sent);
  const { low, high, bins, is_absolute: isAbsolute } = sent;
  const rows = Array.from({ length: sent.rows }, (_, i) => ({
    low, high, is_absolute: isAbsolute, peak: values.subarray(i * bins, (i + 1) * bins) }));
  return { rows, seconds: sent.seconds };
}

// The part of the waterfall in which an emission lies; null where it has moved on.
export function pictureOfRows(emission, rows) {
  const end = emission.sample_start + emission.sample_count;
  const parts = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const next = rows[i + 1]?.sample ?? Infinity;
    if (row.time < emission.began - 1 || row.low === null || next < emission.sample_start || row.sample > end) continue;
    const part = partOf(row, emission);
    if (part) parts.push(part);
  }
  const kept = parts.slice(-MOST_ROWS);
  if (!kept.length) return null;
  return { rows: kept.filter((row) => row.peak.length === kept.at(-1).peak.length), seconds: kept.length > 1 ? kept.at(-1).time - kept[0].time : null };
}

function partOf(row, { freq_lower: lower, freq_upper: upper }) {
  const bins = row.peak.length;
  const width = (row.high - row.low) / bins;
  const margin = Math.max(MARGIN * (upper - lower), (LEAST_BINS / 2) * width);
  const first = Math.max(0, Math.floor((lower - margin - row.low) / width));
  const last = Math.min(bins, Math.ceil((upper + margin - row.low) / width));
  if (last - first < 2) return null;
  return { ...row, low: row.low + first * width, high: row.low + last * width, peak: row.peak.subarray(first, last) };
}

// The newest row is on top, as in the waterfall; dashed lines are the edges of the emission.
export function drawSpectrogram(canvas, { rows, seconds }, emission) {
  const { ctx, width, height } = begin(canvas);
  const [left, right, bottom] = [LEFT, width - RIGHT, height - AXIS];
  const levels = new Levels();
  levels.follow(rows, "peak");
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(heatmap(rows, "peak", levels, right - left), left, 0, right - left, bottom);
  const newest = rows.at(-1);
  bandAxis(ctx, { left, right, bottom, newest });
  const moved = newest.is_absolute || emission.rx_freq === null ? 0 : emission.rx_freq;
  ctx.setLineDash([4, 4]);
  for (const edge of [emission.freq_lower, emission.freq_upper]) {
    const x = left + ((edge - moved - newest.low) / (newest.high - newest.low)) * (right - left);
    if (x > left && x < right) rule(ctx, Math.round(x) + 0.5, 0, Math.round(x) + 0.5, bottom, color("box"));
  }
  ctx.setLineDash([]);
  if (seconds) timeAxis(ctx, seconds, left, bottom);
}

function timeAxis(ctx, seconds, left, bottom) {
  const step = stepOf(seconds / Math.max(1, bottom / 40));
  for (let i = 0; i * step <= seconds; i++) {
    const y = bottom * (1 - (i * step) / seconds);
    rule(ctx, left - 4, y, left, y, color("quiet"));
    text(ctx, i ? span(i * step) : "0 s", left - 6, Math.min(bottom - 6, Math.max(6, y)), "right");
  }
}
