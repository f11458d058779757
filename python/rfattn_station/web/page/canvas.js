// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What all drawings on canvases share. Coordinates are in CSS pixels.

export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

export function begin(canvas) {
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

export function text(ctx, what, x, y, align = "left") {
  ctx.fillStyle = color("quiet");
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(what, x, y);
}

export function rule(ctx, x1, y1, x2, y2, stroke = color("grid")) {
  ctx.strokeStyle = stroke;
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
