/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_WORD_SYMBOLS_H
#define INCLUDED_RFATTN_WORD_SYMBOLS_H

#include <complex>
#include <cstdint>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

//! The symbols of known bits, as standards send them.
namespace word_symbols {

using bits = std::vector<int>;
using levels = std::vector<float>;
using turns = std::vector<std::complex<float>>;

/*!
 * The bits of a text: hexadecimal digits, bits behind 0b, and * with a number of bits of
 * any data, with spaces between them.
 *
 * \param stated takes the places of all but those of any data
 * \throws std::invalid_argument if it is another text
 */
bits bits_of(const std::string& text, std::vector<size_t>* stated = nullptr);

/*!
 * The levels of the frequency; none where a modulation has no levels.
 *
 * - fsk2: the upper one for a 0
 * - fsk2-nrzi: each 0 changes them; the first one is where they were before
 * - msk: the lower one where a bit differs from that before
 * - oqpsk: chips in turn on both axes, each half a sine, so that the frequency is high or
 *   low as two in a row are equal or not, and the other way for every second pair
 * - fsk4: two bits each, as all standards of digital voice have them
 */
levels levels_of(const std::string& modulation, const bits& sent);
/*!
 * The turns of the phase; none where a modulation has levels.
 *
 * - bpsk: half a turn where a bit differs from that before
 * - dbpsk: half a turn for each 1. Where each 0 has it, all are turned by half a turn
 *   more, which no correlation with them shows.
 * - qpsk: two bits a symbol, one on each axis
 * - dqpsk: turned by 45 degrees, two bits a symbol
 * - d8psk: three bits a symbol, in a Gray code
 */
turns turns_of(const std::string& modulation, const bits& sent);

//! Each symbol with this share of both neighbours, as a Gaussian filter spreads it.
levels spread(const levels& sharp, float share);
//! Makes the mean of a word 0, and its power 1.
levels normalised(levels word);
//! `level_word::sides` of a word.
uint64_t sides_of(const levels& word);

} // namespace word_symbols
} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_WORD_SYMBOLS_H
