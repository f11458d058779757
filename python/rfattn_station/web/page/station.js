// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The transmitters of the logbook and their events. Text goes in as text, never as HTML.

import { begin, color, text } from "./canvas.js";
import { compare, element } from "./emissions.js";
import { count, duration, hertz } from "./text.js";

const $ = (id) => document.getElementById(id);
const AGAIN_MS = 10000;
const NOTHING = "–";
const HOURS_A_PIXEL = 3;

const moment = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");
const titleOf = (one) => one.name || one.sender || `#${one.number}`;

// Of each column: what it is sorted by, and its text.
const COLUMNS = {
  title: [titleOf, titleOf],
  label: [(e) => e.label, (e) => e.label ?? NOTHING],
  frequency: [(e) => e.frequencies_hz[0], (e) => e.frequencies_hz.slice(0, 3).map((hz) => (hz / 1e6).toFixed(4)).join(", ")],
  first: [(e) => e.first_s, (e) => moment(e.first_s)],
  last: [(e) => e.last_s, (e) => moment(e.last_s)],
  count: [(e) => e.count, (e) => count(e.count)],
  period: [(e) => e.period_s, (e) => (e.period_s === null ? NOTHING : duration(e.period_s))],
  next: [(e) => e.next_s, (e) => (e.missing_since_s !== null ? "missing" : e.next_s === null ? NOTHING : moment(e.next_s))],
};

export class StationCard {
  constructor() {
    this.by = "last";
    this.descends = true;
    this.data = null;
    for (const button of $("stationcolumns").querySelectorAll("button")) {
      button.addEventListener("click", () => {
        const { column } = button.dataset;
        this.descends = column === this.by ? !this.descends : false;
        this.by = column;
        this.show();
      });
    }
    for (const id of ["stationfilter", "muted"]) $(id).addEventListener("input", () => this.show());
  }

  // Asks again and again, if the server has a logbook.
  begin(has) {
    clearTimeout(this.asking);
    $("station").hidden = !has;
    if (has) this.ask();
  }

  async ask() {
    clearTimeout(this.asking);
    try {
      const answer = await fetch("station");
      const found = await answer.json();
      $("stationproblem").textContent = answer.ok ? "" : found.problem;
      if (answer.ok) this.data = found;
      if (!$("stationlines").contains(document.activeElement)) this.show();
    } catch { /* the server is not reachable, which the status tells */ }
    this.asking = setTimeout(() => this.ask(), AGAIN_MS);
  }

  async give(one, name, muted) {
    const query = new URLSearchParams({ key: one.key, name, muted: muted ? 1 : 0 });
    const answer = await fetch(`station?${query}`, { method: "POST" });
    document.activeElement.blur();
    if (!answer.ok) $("stationproblem").textContent = (await answer.json()).problem;
    else await this.ask();
  }

  found() {
    const words = $("stationfilter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const textOf = (one) => [...Object.values(COLUMNS).map(([, how]) => how(one)), one.receiver].join(" ").toLowerCase();
    const kept = this.data.transmitters.filter((one) => ($("muted").checked || !one.is_muted)
      && words.every((word) => textOf(one).includes(word)));
    const [value] = COLUMNS[this.by];
    return kept.sort((a, b) => compare(value(a), value(b), this.descends ? -1 : 1));
  }

  show() {
    if (!this.data) return;
    const { transmitters, events, picture, days, count: all } = this.data;
    const found = this.found();
    const muted = transmitters.filter((one) => one.is_muted).length;
    $("stationcount").textContent = `${count(found.length)} of ${count(all)} transmitters${muted ? `, ${count(muted)} muted` : ""}`;
    $("lifehead").textContent = `Its channel, ${days} days`;
    for (const button of $("stationcolumns").querySelectorAll("button")) {
      const order = this.descends ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", button.dataset.column === this.by ? order : "none");
    }
    $("stationlines").replaceChildren(...found.map((one) => this.line(one)));
    $("stationevents").replaceChildren(...events.map((event) => {
      if (event.event === "receiver") return element("li", `${moment(event.time_unix_s)}  ${event.receiver}: ${event.text}`);
      const place = `${(event.frequency / 1e6).toFixed(4)} MHz`;
      const one = transmitters.find(({ number, receiver }) => number === event.transmitter && receiver === event.receiver);
      const line = element("li", `${moment(event.time_unix_s)}  ${one ? titleOf(one) : `#${event.transmitter}`}, ${place}: ${event.text}`);
      line.dataset.event = event.event;
      return line;
    }));
    drawPicture($("byhour"), picture, picture?.by_hour, (row) => (row % 6 ? "" : `${row} h`));
    drawPicture($("byday"), picture, picture?.by_day, (row) => ((days - 1 - row) % 7 ? "" : row === days - 1 ? "today" : `−${days - 1 - row} d`));
  }

  line(one) {
    const line = element("tr", "", [one.is_muted && "muted", one.missing_since_s !== null && "missing"].filter(Boolean).join(" "));
    for (const [, how] of Object.values(COLUMNS)) line.append(element("td", how(one)));
    const name = element("input");
    Object.assign(name, { value: one.name, placeholder: titleOf(one), maxLength: 40, size: 11 });
    name.setAttribute("aria-label", "Name of the transmitter");
    name.addEventListener("change", () => this.give(one, name.value, one.is_muted));
    line.firstChild.replaceChildren(name);
    const life = element("canvas");
    life.title = "Emissions that began on its channel, hour by hour; dark: nobody listened";
    const cell = element("td");
    cell.append(life);
    const mute = element("button", one.is_muted ? "unmute" : "mute");
    mute.type = "button";
    mute.addEventListener("click", () => this.give(one, one.name, !one.is_muted));
    const last = element("td");
    last.append(mute);
    line.append(cell, last);
    requestAnimationFrame(() => drawLife(life, one.life, this.data.listened));
    return line;
  }
}

function drawLife(canvas, life, listened) {
  const { ctx, height } = begin(canvas);
  for (let x = 0; x * HOURS_A_PIXEL < life.length; x++) {
    const part = [...life.slice(x * HOURS_A_PIXEL, (x + 1) * HOURS_A_PIXEL)];
    const heard = Math.max(...part.map(Number));
    const isDeaf = !listened.slice(x * HOURS_A_PIXEL, (x + 1) * HOURS_A_PIXEL).includes("1");
    ctx.fillStyle = color(isDeaf && !heard ? "ground" : heard ? "trace" : "grid");
    const high = heard ? (height * heard) / 9 : isDeaf ? height : 2;
    ctx.fillRect(x, height - high, 1, high);
  }
}

// A row of the picture for each row of counts, brighter the more there are.
function drawPicture(canvas, picture, rows, textOf) {
  const { ctx, width, height } = begin(canvas);
  if (!picture) return;
  const [left, bottom] = [44, height - 18];
  const most = Math.max(1, ...rows.flat());
  const [wide, high] = [(width - left) / rows[0].length, bottom / rows.length];
  rows.forEach((row, y) => {
    row.forEach((n, x) => {
      ctx.globalAlpha = n ? 0.25 + (0.75 * Math.log1p(n)) / Math.log1p(most) : 0.06;
      ctx.fillStyle = color("trace");
      ctx.fillRect(left + x * wide, y * high, Math.ceil(wide), Math.ceil(high) - 1);
    });
    ctx.globalAlpha = 1;
    if (textOf(y)) text(ctx, textOf(y), left - 6, (y + 0.5) * high, "right");
  });
  text(ctx, hertz(picture.low_hz, 6), left, height - 7, "left");
  text(ctx, hertz(picture.high_hz, 6), width, height - 7, "right");
}
