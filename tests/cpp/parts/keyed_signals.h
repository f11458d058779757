/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_KEYED_SIGNALS_H
#define INCLUDED_RFATTN_KEYED_SIGNALS_H

#include "frames/signal_reader.h"
#include "shipped_formats.h"

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace keyed {

using gr::rfattn::signal_reader;
using bits = std::vector<int>;
using samples = std::vector<gr_complex>;
inline const bool FORMATS_ARE_SET =
    (gr::rfattn::frame_formats::set(shipped_formats()), true);

constexpr double RATE = 48e3;
inline const bits FLAG = { 0, 1, 1, 1, 1, 1, 1, 0 };

// The format of a name, at any symbol rate or at one.
const gr::rfattn::sync_format& format_of(const char* name, double baud = 0.0);

// What is said of a row that is refused; "" where it is not.
std::string refusal_of(const gr::rfattn::frame_formats::row& row);

const gr::rfattn::frame_rule& rule_of(const char* name, double baud = 0.0);

bits operator+(bits a, const bits& b);

bits of_hex(const std::string& hex);

bits random_bits(size_t count, unsigned seed);

bits repeated(const bits& part, int times);

// Data and its checksum, with a zero behind five ones; without flags.
bits stuffed(const bits& data);

// The bits of a frame of Mode S with the parity behind them.
bits with_parity(const bits& data);

// A 0 changes the level.
bits nrzi(const bits& data);

bits scrambled(const bits& data);

// Frequency keying, a half turn in a symbol, with white noise of this power.
samples fsk(const bits& symbols,
            double baud,
            double offset = 0.0,
            double noise = 0.01,
            double rate = RATE);

// Phase keying by half turns, each symbol a box.
samples bpsk(const bits& symbols, double baud, double offset);

std::string name_of(const signal_reader& sync);

// At 12 kS/s, from the lowest tone's frequency up, a symbol rate apart.
samples tones(const bits& numbers, double baud, double lowest);

// What is found in samples of an emission so wide, which come in pieces.
std::string found_in(const samples& x, double width, double rate = RATE);

} // namespace keyed

#endif // INCLUDED_RFATTN_KEYED_SIGNALS_H
