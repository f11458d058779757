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

export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;

export const duration = (seconds) => {
  if (seconds < 90 && seconds !== 60) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
};
