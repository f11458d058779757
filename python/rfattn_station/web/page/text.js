// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Numbers with units, as short as they are read.

const scaled = (value, base, prefixes) => {
  let prefix = "";
  for (const larger of prefixes) {
    if (Math.abs(value) < base) break;
    value /= base;
    prefix = larger;
  }
  return [value, prefix];
};

export const hertz = (value, digits = 7) => {
  const [number, prefix] = scaled(value, 1e3, "kMG");
  return `${Number(number.toPrecision(digits))} ${prefix}Hz`;
};

// The unit of an axis up to a frequency: its size in Hz, and its prefix.
export const unitOf = (largest) => {
  const prefixes = ["", "k", "M", "G"];
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(largest || 1) / 3 + 1e-9)));
  const shown = power === 3 ? 2 : power; // 2400.5 MHz is read more easily than 2.4005 GHz
  return [1e3 ** shown, prefixes[shown]];
};

// 1.25 s, 40 ms, 120 µs.
export const span = (seconds) => {
  for (const [unit, size] of [["s", 1], ["ms", 1e-3], ["µs", 1e-6]]) {
    if (seconds >= size || unit === "µs") {
      if (unit === "s" && seconds >= 100) return duration(seconds);
      return `${Number((seconds / size).toPrecision(3))} ${unit}`;
    }
  }
};

export const clock = (time) => new Date(1000 * time).toTimeString().slice(0, 8);

export const octets = (value) => {
  if (value === undefined || value === null) return "–";
  const [number, prefix] = scaled(value, 1024, "KMG");
  return `${Number(number.toPrecision(4))} ${prefix}${prefix ? "i" : ""}B`;
};

export const milliseconds = (seconds) => {
  if (seconds === null) return "–";
  const value = seconds * 1e3;
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
};

export const count = (value) => value.toLocaleString("en").replaceAll(",", "\u202f");

export const decibels = (value) => value.toFixed(1).replace("-", "−");

export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;

export const duration = (seconds) => {
  if (seconds < 90 && seconds !== 60) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
};
