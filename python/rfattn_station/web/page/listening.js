// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Plays the sound of an emission. Pieces come as events (see sound.py), and each is played behind
// the one before; there is silence where nothing comes.

import { count, hertz } from "./text.js";

const $ = (id) => document.getElementById(id);
const LEAD_S = 0.15; // between the arrival of a piece and its sound: so late the next one may be
const MOST_S = 2; // that wait; what comes beyond is left out
const FULL_SCALE = 32768;
const WORDS = {
  waiting: "Waiting for an emission here",
  ended: "It has ended",
  full: "The flowgraph demodulates as many emissions as it may (--max-demodulators)",
  wide: "It is too wide to listen to",
  busy: "As many pages listen as may",
  silent: "No sound comes: live --stats with a model makes it",
};
const OVER = ["ended", "full", "wide", "busy"]; // states behind which nothing comes

// Sound in the order of its positions.
class Player {
  constructor(rate) {
    this.context = new AudioContext({ sampleRate: rate });
    this.until = 0; // s of the context: the end of what is played
    this.end = null; // position behind the last piece
    this.late = this.skipped = 0;
  }

  add({ position, pcm, rate }) {
    const octets = Uint8Array.from(atob(pcm), (letter) => letter.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(octets.buffer), (value) => value / FULL_SCALE);
    const now = this.context.currentTime;
    const follows = position === this.end;
    this.end = position + samples.length;
    if (this.until > now + MOST_S) {
      this.skipped += 1;
      return;
    }
    const isLate = this.until < now;
    this.late += follows && isLate;
    if (isLate || !follows) this.until = Math.max(this.until, now + LEAD_S);
    const buffer = this.context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.start(this.until);
    this.until += samples.length / rate;
  }

  close() {
    this.context.close();
  }
}

// The emission that is listened to, with its controls in the details, and a line that stays when
// another emission is chosen.
export class Listening {
  constructor() {
    this.emission = null; // whose details are shown
    this.events = this.player = null;
    $("listening").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start(this.emission);
    });
    for (const id of ["mode", "stays"]) {
      $(id).addEventListener("change", () => {
        if (this.events && this.heard.key === this.emission?.key) this.start(this.emission);
      });
    }
    $("silence").addEventListener("click", () => this.stop());
  }

  // The details show this emission.
  show(emission) {
    this.emission = emission;
    $("listening").hidden = !emission || (!emission.is_live && !$("stays").checked);
  }

  start(emission) {
    this.stop();
    this.heard = emission;
    const query = new URLSearchParams({ mode: $("mode").value, stay: Number($("stays").checked) });
    const events = new EventSource(`sound/${emission.key}?${query}`);
    this.events = events;
    this.say({ state: "" });
    events.addEventListener("sound", (event) => {
      if (this.events === events) this.take(JSON.parse(event.data));
    });
    events.onerror = () => {
      if (this.events !== events || events.readyState !== EventSource.CLOSED) return;
      this.end();
      $("heardtext").textContent = "Not to be heard: the server does not have it";
    };
  }

  take(piece) {
    if (piece.pcm) {
      this.player ??= new Player(piece.rate);
      this.player.add(piece);
    }
    this.say(piece);
    if (OVER.includes(piece.state) && !(piece.state === "ended" && $("stays").checked)) this.end();
  }

  say(piece) {
    const { late = 0, skipped = 0 } = this.player ?? {};
    const losses = [[piece.lost, "lost"], [late, "late"], [skipped, "skipped"], [piece.samples_lost, "samples lost"]];
    const parts = piece.state === "on"
      ? [`Listening to #${piece.id}`, piece.label, piece.frequency && hertz(piece.frequency), piece.demodulation?.toUpperCase()]
      : [WORDS[piece.state] ?? `Asking for #${this.heard.id}`];
    for (const [number, what] of losses) if (number) parts.push(`${count(number)} ${what}`);
    const text = parts.filter(Boolean).join(", ");
    $("heard").hidden = false;
    if ($("heardtext").textContent !== text) $("heardtext").textContent = text;
  }

  // Lets what was received be heard to its end, and says why no more comes.
  end() {
    this.events?.close();
    this.events = null;
    const { player } = this;
    this.player = null;
    if (player) setTimeout(() => player.close(), 1000 * Math.max(0, player.until - player.context.currentTime));
  }

  stop() {
    this.events?.close();
    this.player?.close();
    this.events = this.player = null;
    $("heard").hidden = true;
  }
}
