// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What was read from the signal of one emission: a line each, the newest first, which opens where it
// has fields. Text goes in as text, never as HTML.

import { clock, count } from "./text.js";

const $ = (id) => document.getElementById(id);
const ASK_MS = 1000; // between two questions for the lines of an emission
const VERDICTS = { true: ["✓", "checksum right", "good"], false: ["✗", "checksum wrong", "bad"] };

function made(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

// The line for the table; "" where nothing was read.
export const contentOf = ({ content }) => (content ? `${content.source}: ${content.text}` : "");

export class Contents {
  // Shows the lines of an emission; asks for them where there are others than those shown.
  show(emission) {
    if (emission.key !== this.key) {
      clearTimeout(this.asking);
      [this.key, this.counted, this.asked, this.asking] = [emission.key, 0, -Infinity, null];
      $("contentlines").replaceChildren();
    }
    $("contents").hidden = !emission.decoded_count;
    if (emission.decoded_count <= this.counted || this.asking) return;
    this.asking = setTimeout(() => this.ask(), Math.max(0, this.asked + ASK_MS - performance.now()));
  }

  async ask() {
    const { key } = this;
    [this.asked, this.asking] = [performance.now(), null];
    try {
      const answer = await fetch(`contents/${key}`);
      if (answer.ok && this.key === key) this.take(await answer.json());
    } catch { /* the server is not reachable, which the status tells */ }
  }

  // Lines that are there stay, so that those that a person opened stay open.
  take({ count: counted, lines }) {
    if (counted <= this.counted) return;
    const fresh = lines.slice(this.counted - counted).reverse();
    const list = $("contentlines");
    list.prepend(...fresh.map(lineOf));
    while (list.children.length > lines.length) list.lastChild.remove();
    this.counted = counted;
    const part = lines.length < counted ? `, the newest ${count(lines.length)} shown` : "";
    $("contentcount").textContent = `${count(counted)} line${counted === 1 ? "" : "s"}${part}`;
  }
}

function lineOf(line) {
  const item = made("li");
  const details = [...(line.fields ?? []), ...(line.bits ? [["Bits", line.bits]] : [])];
  const head = made(details.length ? "summary" : "p");
  const [sign, meaning, how] = VERDICTS[line.is_right] ?? [];
  const facts = made("span", "", "facts");
  if (line.time !== null) facts.append(made("time", clock(line.time)));
  facts.append(made("b", line.source));
  if (sign) facts.append(made("span", `${sign} ${meaning}`, how));
  if (line.is_private) facts.append(made("span", "private", "private"));
  head.append(facts, made("span", line.text, "text"));
  if (!details.length) {
    item.append(head);
    return item;
  }
  const box = made("details");
  const list = made("dl");
  list.append(...details.flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
  box.append(head, list);
  item.append(box);
  return item;
}
