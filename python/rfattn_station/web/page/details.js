// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// All that is known of one emission: measurements, picture, files, and a label by a person. Text
// goes in as text, never as HTML.

import { Contents } from "./contents.js";
import { beginOf, element, frequency, labelOf, lengthOf, nearestOf, seconds, shown, sidebandOf, titleOf, widthOf } from "./emissions.js";
import { Listening } from "./listening.js";
import { pictureOfRows, drawSpectrogram, unpackPicture } from "./spectrogram.js";
import { clock, count, decibels, hertz, percent, span } from "./text.js";

const $ = (id) => document.getElementById(id);
const FILES_MS = 2000; // between two questions for the files of an emission
const SHOWN_CLASSES = 5;
const SETTLED_S = 10; // after the end of an emission its files are complete
const META = ".sigmf-meta";
const DATA = ".sigmf-data";

// The details of the emission that is chosen. `settings` are {recordings, receiver}: whether
// I/Q is served, and the address of the receiver that can be tuned to an emission, or "".
export class Details {
  constructor(settings) {
    this.settings = settings;
    this.contents = new Contents();
    this.listening = new Listening();
    this.chosen = null;
    this.forget();
    $("labelling").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save($("yourlabel").value);
    });
    $("tune").addEventListener("click", () => this.tune());
  }

  // Of another emission nothing has been asked for yet.
  forget() {
    this.asked = -Infinity;
    this.files = [];
    this.picture = null; // of the I/Q, once the server has sent it
    this.drawn = null;
    $("files").replaceChildren();
    $("labelled").textContent = "";
    $("labelling").hidden = true;
    $("tuning").hidden = !this.settings.receiver;
    $("tuned").textContent = "";
  }

  // Shows an emission, or how to choose one; `rows` are those of the waterfall.
  show(emission, rows) {
    $("details").classList.toggle("without", !emission);
    if (emission?.key !== this.chosen?.key) {
      this.forget();
      $("yourlabel").value = emission?.corrected ?? "";
    }
    if (emission && emission !== this.chosen) this.write(emission);
    this.chosen = emission ?? null;
    this.rows = rows;
    this.listening.show(this.chosen);
    if (!emission) return;
    this.contents.show(emission);
    this.askForFiles();
    this.draw();
  }

  write(emission) {
    $("detailname").replaceChildren(element("b", titleOf(emission) ?? "No label"),
      element("span", `#${emission.id}, ${emission.is_live ? "live" : "ended"}`));
    const pairs = measurementsOf(emission);
    $("measurements").replaceChildren(...pairs.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
    showScores("nearest", "Compatible with", nearestOf(emission).map(({ name, score }) => [name, score]), (score) => score.toFixed(2));
    const probabilities = Object.entries(emission.probabilities ?? {}).sort((a, b) => b[1] - a[1]);
    showScores("likeliest", "Label by the model", probabilities.slice(0, SHOWN_CLASSES), percent);
  }

  // From the I/Q where it is there, else a part of the waterfall.
  draw() {
    const picture = this.picture ?? pictureOfRows(this.chosen, this.rows);
    const canvas = $("spectrogram");
    canvas.hidden = !picture;
    $("pictured").textContent = !picture ? "No picture: the waterfall has moved on, and there is no I/Q."
      : this.picture ? "From its I/Q, without the pauses between bursts" : "Part of the waterfall";
    if (picture && (picture !== this.drawn || canvas.clientWidth !== this.drawnWidth)) {
      drawSpectrogram(canvas, picture, this.chosen);
      [this.drawn, this.drawnWidth] = [this.picture, canvas.clientWidth];
    }
  }

  // The files of an emission appear some time after it ended.
  async askForFiles() {
    const { key, is_live: isLive, heard } = this.chosen;
    const now = performance.now();
    const isSettled = !isLive && Date.now() / 1000 - heard > SETTLED_S;
    if ((this.files.length && isSettled && this.isSettled) || now - this.asked < FILES_MS) return;
    this.isSettled = isSettled; // when they are asked for
    this.asked = now;
    if (!this.settings.recordings) {
      const line = element("p", "For I/Q, pictures of it and labels of your own give the flowgraph ", "quiet");
      line.append(element("code", "--record DIR"), " and this page's ", element("code", "serve --recordings DIR"), ".");
      $("files").replaceChildren(line);
      return;
    }
    const found = await fetched(`recordings/${key}`);
    if (this.chosen?.key !== key || found === null) return;
    if (this.files.length && longest(found) === longest(this.files)) return;
    this.files = found;
    this.showFiles();
    const name = longest(found);
    $("labelling").hidden = !name;
    if (!name) return;
    const picture = await fetched(`spectrogram/${key}/${name}`);
    if (this.chosen?.key !== key || !picture) return;
    this.picture = unpackPicture(picture);
    this.draw();
  }

  showFiles() {
    const { key, is_live: isLive } = this.chosen;
    const state = isLive ? "I/Q is there when the emission has ended." : "No I/Q of this emission in the folder of recordings.";
    $("files").replaceChildren(...(this.files.length ? this.files.map(({ name, size }) => {
      const link = element("a", `${name}, ${size.replace(" ", "\u00a0")}`);
      link.href = `recordings/${key}/${encodeURIComponent(name)}`;
      link.download = name;
      return link;
    }) : [element("p", state, "quiet")]));
  }

  // Has the server write a label into the metadata of the I/Q.
  async save(label) {
    const { key } = this.chosen;
    const text = await posted(`label/${key}?${new URLSearchParams({ label })}`,
      ({ files }) => `Saved in ${files.join(", ")} and labels.csv`, "Not saved");
    if (this.chosen?.key === key) $("labelled").textContent = text;
  }

  // Has the server send the receiver to the emission.
  async tune() {
    const { key } = this.chosen;
    $("tune").disabled = true;
    $("tuned").textContent = `Tuning ${this.settings.receiver}`;
    const text = await posted(`tune/${key}`, ({ dial, receiver }) => `${receiver}: ${dial}`, "Not tuned");
    $("tune").disabled = false;
    if (this.chosen?.key === key) $("tuned").textContent = text;
  }
}

// The metadata of the longest recording among files; undefined where there is none.
function longest(files) {
  const size = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const length = (meta) => size.get(meta.replace(META, DATA)) ?? 0;
  const metas = files.map(({ name }) => name).filter((name) => name.endsWith(META));
  return metas.sort((a, b) => length(b) - length(a))[0];
}

// What to show of a request that changes something: what `how` makes of its answer, or the problem.
async function posted(address, how, otherwise) {
  try {
    const answer = await fetch(address, { method: "POST" });
    const said = await answer.json();
    return answer.ok ? how(said) : `${otherwise}: ${said.problem}`;
  } catch {
    return `${otherwise}: the server is not reachable.`;
  }
}

async function fetched(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the server is not reachable, which the status tells
  }
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
    ...(emission.symbol_rate ? [["Symbol rate", hertz(emission.symbol_rate, 3).replace("Hz", "Bd")]] : []),
    ...(emission.sync ? [["Frames", emission.sync]] : []),
    ["Power", `${decibels(emission.power_db)} dBFS`],
    ["Flags", flagsOf(emission)],
    ...labelLines(emission),
    ...(rate ? [["Rate", hertz(rate).replace("Hz", "S/s")]] : []),
  ];
}

function flagsOf(emission) {
  const flags = emission.flags.filter((flag) => flag !== "sideband");
  return [...flags, sidebandOf(emission)].filter(Boolean).join(", ") || "none";
}

function labelLines(emission) {
  const { label, family, confidence, basis, looked_at: lookedAt, corrected } = emission;
  const byModel = labelOf({ ...emission, corrected: null });
  return [
    ...(corrected ? [["Your label", corrected]] : []),
    ...(label ? [["Label", label === "unknown" || confidence === null ? byModel : `${byModel} ${percent(confidence)}`]] : []),
    ...(basis ? [["Stands on", basis]] : []),
    ...(family ? [["Family", family]] : []),
    ...(shown(lookedAt, () => true) === true
      ? [["Looked at", `${percent(lookedAt)} of its time on the air, ${percent(1 - lookedAt)} not`]] : []),
  ];
}

function showScores(id, title, scores, how) {
  $(id).hidden = !scores.length;
  $(id).replaceChildren(element("h3", title), ...scores.map(([name, score]) => {
    const line = element("div", "", "score");
    const bar = element("span", "", "bar");
    bar.append(element("i"));
    line.style.setProperty("--share", `${100 * score}%`);
    line.append(element("span", name, "name"), bar, element("span", how(score), "value"));
    return line;
  }));
}
