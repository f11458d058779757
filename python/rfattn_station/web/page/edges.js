// Copyright 2026 gr-rfattn authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What came from each edge of a host over the network, and what did not.

import { element } from "./emissions.js";
import { count, octets, percent } from "./text.js";

// A number, and its share of all that there were.
const part = (number, all) => (number ? `${count(number)} (${percent(number / all)})` : "0");

const cells = (edge) => {
  const tokens = edge.tokens + edge.tokens_dropped + edge.tokens_elsewhere;
  const messages = edge.messages + edge.messages_dropped + edge.messages_elsewhere;
  return [
    edge.state, count(edge.runs), count(edge.vanished), octets(edge.bytes),
    count(edge.tokens), part(edge.tokens_dropped, tokens), part(edge.tokens_elsewhere, tokens),
    count(edge.messages), part(edge.messages_dropped, messages), part(edge.messages_elsewhere, messages),
  ];
};

// Fills the card; without edges it is hidden.
export function showEdges(card, edges) {
  card.hidden = !edges.length;
  if (card.hidden) return;
  const connected = edges.filter((edge) => edge.state === "connected").length;
  card.querySelector("h2 span").textContent = `${connected} of ${edges.length} connected`;
  card.querySelector("tbody").replaceChildren(...edges.map((edge) => {
    const line = element("tr");
    const name = element("th", `${edge.edge}`);
    name.scope = "row";
    line.append(name, ...cells(edge).map((text) => element("td", text)));
    return line;
  }));
}
