/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYNC_WORDS_H
#define INCLUDED_RFATTN_SYNC_WORDS_H

#include "code_reader.h"
#include "frame_reader.h"
#include "proof.h"

#include <gnuradio/rfattn/frame_formats.h>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

//! Known levels of the frequency.
struct level_word {
    std::vector<float> levels; //!< mean 0, power 1
    //! 1 where a symbol is on the same side of 0 as the one before it; the last one is
    //! the lowest bit, as in symbol_row.
    uint64_t sides = 0;
    bool has_sizes = false; //!< which tell it from others

    uint64_t mask() const { return (uint64_t{ 1 } << (levels.size() - 1)) - 1; }
};

//! The known symbols with which the frames of one format begin.
struct sync_format {
    const char* name = ""; //!< the same pointer for all formats of a name
    //! Characters in place of words.
    const character_code* code = nullptr;
    bool is_hdlc = false; //!< flags of HDLC, and a frame with the right checksum
    double baud = 0.0;
    double width = 0.0;       //!< that it needs, Hz; 0: as much as was found
    double least_width = 0.0; //!< of an emission that may have it, Hz
    double most_width = 0.0;
    //! Symbols from frame to frame, of which a format may leave some out; 0: any number.
    double period = 0.0;
    std::vector<level_word> levels{};                      //!< words
    std::vector<std::vector<std::complex<float>>> turns{}; //!< words; power 1
    size_t outer = 0;          //!< symbols behind a word that all have the outer levels
    bool has_preamble = false; //!< mostly: levels, or turns, that alternate
    frame_rule follows{};      //!< what follows the word, if words alone do not count
    double longest_s = 0.0; //!< of a burst that is searched, from its start; 0: all of it
    bool is_centred = false;   //!< turns: an offset turns them by 45 degrees at most
    bool is_phase = false;     //!< by turns of the phase, else by levels
    bool is_amplitude = false; //!< levels of the amplitude, else of the frequency
    std::string spread{};      //!< a word of 0 and 1: its bits, from symbol to symbol
    size_t step = 0;           //!< symbols from each of these to the next
    bool is_coherent = false;  //!< levels: of short bursts of MSK, read by phase, too
    bool is_scrambled = false; //!< levels, HDLC: by 1 + x^12 + x^17

    bool has_checksum() const { return bool(follows); }
    //! Symbols of the longest word.
    size_t length() const;
};

//! Messages of many tones: known ones at three places, or a known bit in each symbol.
struct tone_format {
    const char* name;
    double baud;                            //!< and Hz from tone to tone
    std::vector<std::vector<int>> blocks{}; //!< three times seven tones below 8
    std::vector<int> vector{};              //!< else the bits of all symbols
    std::vector<int> ones{}, zeros{};       //!< the tones of either bit

    size_t tones() const;
};

//! Two tones that modulate the frequency or the amplitude of a transmitter.
struct subcarrier {
    double centre;                  // between the tones, Hz
    double edge;                    // from there to what they still fill, Hz
    bool is_amplitude;              // else the frequency
    double least_width, most_width; // of the emission, Hz
    std::vector<sync_format> formats;
};

//! Packets behind equal chirps and some of the other direction.
struct chirp_format {
    const char* name;
    double width, baud;             //!< of the chirps
    double least_width, most_width; //!< of an emission that may have it, Hz
};

//! Symbols of OFDM that begin with a copy of their end.
struct prefix_format {
    const char* name;
    double baud;                    //!< 1 / useful part, s
    std::vector<double> prefixes;   //!< over the useful part
    double least_width, most_width; //!< of an emission that may have it, Hz
    double longest_s;               //!< of a burst that is searched, from its start
};

//! Pilots of OFDM on every n-th carrier, which move from symbol to symbol.
struct comb_format {
    static constexpr int LEAST_PILOTS = 33; //!< in the band: fewer cannot prove it

    const char* name;
    double baud;                    //!< 1 / useful part, s
    size_t carriers;                //!< of the signal
    size_t apart;                   //!< carriers from pilot to pilot
    size_t moved;                   //!< carriers from symbol to symbol
    std::vector<int> signs;         //!< 1 or -1 of a pilot on each carrier
    double least_width, most_width; //!< of an emission that may have it, Hz
    double longest_s;               //!< of a burst that is searched, from its start

    //! Of samples whose band has so many, Hz.
    double least_rate() const { return LEAST_PILOTS * baud * static_cast<double>(apart); }
};

//! Whether an emission of this width, in Hz, may have one of the formats above.
template <class Format>
bool fits(double width, const Format& format)
{
    return format.least_width <= width && width <= format.most_width;
}

//! All formats that are looked for.
struct format_table {
    std::vector<sync_format> words;
    std::vector<subcarrier> subcarriers;
    std::vector<tone_format> tones;
    std::vector<chirp_format> chirps;
    std::vector<prefix_format> prefixes;
    std::vector<comb_format> combs;

    //! \throws std::invalid_argument naming the format, the key, the rule and the value
    explicit format_table(const std::vector<frame_formats::row>& rows);
    format_table() = default;

private:
    void add(const frame_formats::row& row, double baud);
};

//! The formats that all searches look for from now on: none until they are set. Searches
//! that began with others must have ended.
void set_formats(format_table table);
const std::vector<sync_format>& sync_formats();
const std::vector<subcarrier>& subcarriers();
const std::vector<tone_format>& tone_formats();
const std::vector<chirp_format>& chirp_formats();
const std::vector<prefix_format>& prefix_formats();
const std::vector<comb_format>& comb_formats();

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYNC_WORDS_H
