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

//! The symbols of known words, as standards send them.
namespace word_symbols {

using levels = std::vector<float>;
using turns = std::vector<std::complex<float>>;

//! The bits of hexadecimal digits, the highest first.
std::vector<int> bits_of(const std::string& hex);
//! Four levels, two bits each, as all standards of digital voice have them.
levels four(const std::string& hex);
//! Two levels: the upper one for a 0.
levels two(const std::vector<int>& bits);
//! Two levels: the upper one for a 0.
levels two(const std::string& hex);
//! The end of the training sequence of AIS and its flag, as levels: each 0 changes them.
levels ais(int first);
//! Two levels: the lower one where a bit differs from that before.
levels differing(const std::string& hex);
//! GSM turns to one side where a bit equals that before. The Gaussian filter spreads each
//! symbol, so that its neighbours take part in its mean.
levels gsm(const std::string& hex);
//! Offset QPSK with half sines: chips in turn on both axes, so that the frequency is high
//! or low as two in a row are equal or not, and the other way for every second pair.
levels offset_qpsk(const std::vector<int>& chips);
//! BPSK: half a turn where a bit differs from that before.
turns bpsk_turns(const std::string& hex);
//! Differential BPSK: half a turn for each 1. Where each 0 has it, all are turned by half
//! a turn more, which no correlation with them shows.
turns dbpsk_turns(const std::string& hex);
//! Differential QPSK turned by 45 degrees, two bits a symbol.
turns dqpsk_turns(const std::string& bits);
//! Makes the mean of a word 0, and its power 1.
levels normalised(levels word);
//! `level_word::sides` of a word.
uint64_t sides_of(const levels& word);

} // namespace word_symbols
} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_WORD_SYMBOLS_H
