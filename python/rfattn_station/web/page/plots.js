// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws labels and latency over time and as a histogram. Coordinates are in CSS pixels, times in s.

import { begin, color, rule, text } from "./canvas.js";
import { duration, milliseconds } from "./text.js";

const LEFT = 44;
const RIGHT = 14;
const BOTTOM = 20;
const POWERS = { [-6]: "1 µs", [-5]: "10 µs", [-4]: "0.1 ms", [-3]: "1 ms", [-2]: "10 ms",
  [-1]: "0.1 s", 0: "1 s", 1: "10 s" };

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

// Draws bars between the edges of the buckets, on a logarithmic axis. Those over the budget are red
// where something was lost: blocks that wait for more samples take their time, too.
export function drawHistogram(canvas, upper, counts, budget, hasLost) {
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
    ctx.fillStyle = color(hasLost && edges[i + 1] > budget ? "bad" : "p50");
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
