// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Draws the emissions into a waterfall: an outline around each, a box around each of its stretches
// on the air, and its text. Coordinates are in CSS pixels.

import { color } from "./canvas.js";
import { nameOf } from "./emissions.js";

const LEAST = 4; // a smaller box cannot be seen or hit
const SLACK = 3; // around a box, for the pointer
const APART = 6; // boxes that lie closer together in time would cover what they enclose
const TEXT_HEIGHT = 15;
const MOST_TEXTS = 40;
const TEXT_AREA = 80; // of the least box of an ended emission that gets a text, in square pixels

// The emissions that lie in the waterfall, as {emission, outline, spans} of rectangles
// {left, top, right, bottom}; the loudest last, so that it is drawn above the others.
export function boxesOf(scale, emissions) {
  if (scale.newest.low === null) return [];
  const shown = emissions.filter((emission) => emission.heard >= scale.since);
  return shown.map((emission) => boxOf(scale, emission)).filter((box) => box !== null)
    .sort((a, b) => a.emission.is_live - b.emission.is_live || a.emission.snr_db - b.emission.snr_db);
}

function boxOf(scale, emission) {
  const [left, right] = widened(scale.x(emission.freq_lower), scale.x(emission.freq_upper));
  const edges = { left: Math.max(left, scale.left), right: Math.min(right, scale.right) };
  const oldest = (scale.rows.length - scale.first) * scale.rowHeight;
  const rectangle = ([start, end]) => {
    const [top, bottom] = widened(scale.y(end), scale.y(start));
    return { ...edges, top: Math.max(0, top), bottom: Math.min(oldest, bottom) };
  };
  const spans = emission.spans.concat(isOnAir(emission) ? [[emission.burst_start, Infinity]] : []);
  const end = isOnAir(emission) ? Infinity : emission.sample_start + emission.sample_count;
  const outline = rectangle([emission.sample_start, end]);
  if (edges.left >= edges.right || outline.bottom - outline.top < 1) return null;
  return { emission, outline, spans: joined(spans.map(rectangle).filter((box) => box.bottom - box.top >= 1)) };
}

// Rectangles below each other, the lowest first, without small gaps.
function joined(rectangles) {
  const found = [];
  for (const rectangle of rectangles) {
    const last = found.at(-1);
    if (last && last.top - rectangle.bottom < APART) last.top = rectangle.top;
    else found.push(rectangle);
  }
  return found;
}

const isOnAir = (emission) => emission.is_live && emission.burst_start !== null;

function widened(from, to) {
  const more = Math.max(0, LEAST - (to - from)) / 2;
  return [from - more, to + more];
}

export function drawBoxes(ctx, scale, boxes, selected) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(scale.left, 0, scale.right - scale.left, scale.bottom);
  ctx.clip();
  for (const { emission, outline, spans } of boxes) {
    const chosen = emission.key === selected;
    ctx.strokeStyle = color(chosen ? "box-chosen" : emission.is_live ? "box" : "box-ended");
    ctx.lineWidth = chosen ? 2 : 1;
    if (spans.length !== 1) {
      ctx.setLineDash([3, 4]);
      stroke(ctx, outline);
      ctx.setLineDash([]);
    }
    for (const span of spans) stroke(ctx, span);
  }
  drawTexts(ctx, scale, boxes, selected);
  ctx.restore();
}

// On whole pixels, within the rectangle.
function stroke(ctx, { left, top, right, bottom }) {
  const [x, y] = [Math.round(left) + 0.5, Math.round(top) + 0.5];
  ctx.strokeRect(x, y, Math.max(1, Math.round(right) - 0.5 - x), Math.max(1, Math.round(bottom) - 0.5 - y));
}

// Writes the texts of the loudest emissions that find a place which no other text has; the one
// that hides the least of the boxes.
function drawTexts(ctx, scale, boxes, selected) {
  ctx.font = `600 11px ${getComputedStyle(document.body).fontFamily}`;
  const taken = [];
  const byRank = boxes.toReversed().sort((a, b) => (b.emission.key === selected) - (a.emission.key === selected));
  const named = byRank.filter(({ emission, outline }) => emission.is_live || emission.key === selected
    || (outline.right - outline.left) * (outline.bottom - outline.top) >= TEXT_AREA);
  for (const { emission, outline } of named.slice(0, MOST_TEXTS)) {
    const words = `${nameOf(emission)}  ${emission.snr_db.toFixed(0).replace("-", "−")} dB`;
    const width = ctx.measureText(words).width + 8;
    const places = placesOf(outline, width, scale)
      .map(([x, y]) => ({ left: x, top: y, right: x + width, bottom: y + TEXT_HEIGHT }))
      .filter((found) => isWithin(found, scale) && taken.every((other) => areApart(found, other)));
    if (!places.length) continue;
    const others = boxes.filter((box) => box.emission !== emission);
    const hidden = places.map((found) => others.reduce((sum, box) => sum + hiddenShare(found, box.outline), 0));
    const place = places[hidden.indexOf(Math.min(...hidden))];
    taken.push(place);
    ctx.fillStyle = color("box-ground");
    ctx.fillRect(place.left, place.top, width, TEXT_HEIGHT);
    ctx.fillStyle = color(emission.key === selected ? "box-chosen" : emission.is_live ? "box" : "box-ended");
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(words, place.left + 4, place.top + TEXT_HEIGHT / 2 + 0.5);
  }
}

// Where a text may stand, the best first: within a wide box, else beside it, else above or below.
function placesOf({ left, top, right, bottom }, width, scale) {
  const tops = [top + 1, top + 1 + TEXT_HEIGHT, top + 1 + 2 * TEXT_HEIGHT].filter((y) => y < bottom);
  const within = tops.map((y) => [left + 1, y]);
  const beside = tops.flatMap((y) => [[right + 2, y], [left - width - 2, y]]);
  const x = Math.min(left, scale.right - width);
  const around = [[x, top - TEXT_HEIGHT - 1], [x, bottom + 1]];
  return right - left > width ? [...within, ...around] : [...beside, ...around];
}

function hiddenShare(place, box) {
  const width = Math.min(place.right, box.right) - Math.max(place.left, box.left);
  const height = Math.min(place.bottom, box.bottom) - Math.max(place.top, box.top);
  return (Math.max(0, width) * Math.max(0, height)) / ((box.right - box.left) * (box.bottom - box.top));
}

const isWithin = (place, scale) => place.left >= scale.left && place.right <= scale.right
  && place.top >= 0 && place.bottom <= scale.bottom;

const areApart = (a, b) => a.right + 1 < b.left || b.right + 1 < a.left || a.bottom + 1 < b.top || b.bottom + 1 < a.top;

// The emission at a point, the smallest where several overlap; null beside them.
export function emissionAt(boxes, x, y) {
  const size = ({ left, top, right, bottom }) => (right - left) * (bottom - top);
  const hit = boxes.filter(({ outline }) => x >= outline.left - SLACK && x <= outline.right + SLACK
    && y >= outline.top - SLACK && y <= outline.bottom + SLACK);
  hit.sort((a, b) => size(a.outline) - size(b.outline));
  return hit[0]?.emission ?? null;
}
