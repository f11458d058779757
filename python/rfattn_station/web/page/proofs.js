// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The labels that frames with a right checksum confirm or refute, by class.

import { element } from "./emissions.js";
import { count, percent } from "./text.js";

const part = (number, all) => (all ? `${count(number)} (${percent(number / all)})` : "–");

const cells = ({ checked, confirmed, unnamed, refuted }) => [
  count(checked), part(confirmed, checked), part(unnamed, checked),
  part(checked - confirmed - unnamed, checked), count(refuted),
];

// Fills the card; where nothing is proved it is hidden.
export function showProofs(card, proofs) {
  card.hidden = !proofs.length;
  card.querySelector("tbody").replaceChildren(...proofs.map((proof) => {
    const line = element("tr");
    const name = element("th", proof.name);
    name.scope = "row";
    line.append(name, ...cells(proof).map((text) => element("td", text)));
    return line;
  }));
}
