/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "sync_words.h"
#include "word_symbols.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

using namespace word_symbols;
using method = sync_format::method;

//! Where a format may be: its symbol rate, and the width of emissions.
struct place {
    double baud;
    double least_width = 0.0;
    double most_width = 0.0;
    double width = 0.0; // of the format itself
};

sync_format at(const char* name, const place& p)
{
    sync_format made;
    made.name = name;
    made.baud = p.baud;
    made.least_width = p.least_width;
    made.most_width = p.most_width;
    made.width = p.width;
    return made;
}

// Words of levels of the frequency.
sync_format fsk(const char* name, const place& p, const std::vector<levels>& words)
{
    sync_format made = at(name, p);
    for (const auto& word : words) {
        auto scaled = normalised(word);
        const auto sides = sides_of(scaled);
        made.levels.push_back({ std::move(scaled), sides });
    }
    return made;
}

// The same of four levels. Both sizes are in a word, or two levels may be all there are.
sync_format fsk4(const char* name, const place& p, const std::vector<levels>& words)
{
    sync_format made = fsk(name, p, words);
    for (auto& word : made.levels)
        word.has_sizes =
            std::any_of(word.levels.begin(), word.levels.end(), [&](float l) {
                return std::abs(std::abs(l) - std::abs(word.levels[0])) > 0.1f;
            });
    return made;
}

// Words of turns of the phase.
sync_format psk(const char* name, const place& p, const std::vector<turns>& words)
{
    sync_format made = at(name, p);
    made.how = method::TURNS;
    made.turns = words;
    for (auto& word : made.turns)
        for (auto& turn : word)
            turn /= std::sqrt(static_cast<float>(word.size()));
    return made;
}

sync_format hdlc(const char* name, const place& p, bool is_phase, bool is_scrambled)
{
    sync_format made = at(name, p);
    made.how = method::HDLC;
    made.follows = sync_format::frame::HDLC;
    made.is_phase = is_phase;
    made.is_scrambled = is_scrambled;
    return made;
}

sync_format every(double symbols, sync_format format)
{
    format.period = symbols;
    return format;
}

sync_format with_outer_behind(size_t symbols, sync_format format)
{
    format.outer = symbols;
    return format;
}

sync_format with_frame(sync_format::frame follows, sync_format format)
{
    format.follows = follows;
    return format;
}

sync_format with_preamble(sync_format format)
{
    format.has_preamble = true;
    return format;
}

sync_format behind_scrambler(sync_format format)
{
    format.is_scrambled = true;
    return format;
}

sync_format within(double seconds, sync_format format)
{
    format.longest_s = seconds;
    return format;
}

sync_format at_start(sync_format format)
{
    return within(BURST_START_S, std::move(format));
}

sync_format centred(sync_format format)
{
    format.is_centred = true;
    return format;
}

std::vector<sync_format> of_voice()
{
    const place wide{ 4800, 3500, 16000, 8e3 }, narrow{ 2400, 1800, 8000, 4e3 };
    std::vector<sync_format> all = {
        // ETSI TS 102 361-1, 9.1.1. Those of voice are those of data upside down, and a
        // word is found either way up.
        every(144,
              fsk4("DMR",
                   wide,
                   { four("755FD7DF75F7"),
                     four("7F7D5DD57DFD"),
                     four("5D577F7757FF"),
                     four("7DFFD5F55D5F") })),
        // TIA-102.BAAA: frame synchronisation.
        fsk4("P25", wide, { four("5575F5FF77FF") }),
        // Amateur Radio Digital Standards, version 1.01, "System Fusion".
        every(480, fsk4("YSF", wide, { four("D471C9634D") })),
        // ETSI TS 102 658: frame sync 1, and 2 and 3.
        fsk4("dPMR", narrow, { four("57FF5F75D577") }),
        every(384, fsk4("dPMR", narrow, { four("5FF77D"), four("7DDFF5") })),
        // JARL, "Technical requirements for D-STAR": each 21st frame of data.
        every(2016, fsk("D-STAR", { 4800, 2500, 12000, 6e3 }, { two("AAB468") })),
        // ETSI EN 300 392-2, 9.4.4.3: training sequences of a slot of 255 symbols.
        every(255,
              psk("TETRA",
                  { 18000, 14000, 40000, 22e3 },
                  { dqpsk_turns("1101000011101001110100"),
                    dqpsk_turns("0111101001000011011110"),
                    dqpsk_turns("11000001100111001110100111000001100111") })),
    };
    // NXDN TS 1-A: the frame sync word, at both rates. Each symbol of the link
    // information channel that follows has one bit of it and a 1.
    for (const place& p : { wide, narrow })
        all.push_back(
            with_outer_behind(8, every(192, fsk4("NXDN", p, { four("CDF59") }))));
    return all;
}

std::vector<sync_format> of_data()
{
    std::vector<sync_format> all = {
        // ITU-R M.1371.
        with_frame(sync_format::frame::HDLC,
                   fsk("AIS", { 9600, 7000, 30000, 12e3 }, { ais(0), ais(1) })),
        // Radiosondes RS41, and DFM with two symbols a bit.
        fsk("RS41", { 4800, 2500, 16000, 6e3 }, { two("086D53884469481F") }),
        every(560, fsk("DFM", { 2500, 2000, 20000 }, { two("9A995A55") })),
    };
    // A frame lasts 142 ms at most. Before it, a beam of about a second wakes its
    // receiver.
    constexpr double LONGEST_ZWAVE_S = 1.5;
    // ITU-T G.9959, 7.1: the end of the preamble and the start of a frame.
    for (const auto& format :
         { with_frame(sync_format::frame::ZWAVE_MANCHESTER,
                      fsk("Z-Wave", { 19200, 8e3, 120e3 }, { two("6666AA55") })),
           with_frame(sync_format::frame::ZWAVE,
                      fsk("Z-Wave", { 40e3, 24e3, 200e3 }, { two("5555F0") })),
           with_frame(sync_format::frame::ZWAVE_CRC,
                      fsk("Z-Wave", { 100e3, 60e3, 350e3 }, { two("5555F0") })) })
        all.push_back(with_preamble(within(LONGEST_ZWAVE_S, format)));
    // ITU-R M.584: between batches of 16 words.
    for (const double baud : { 512, 1200, 2400 })
        all.push_back(with_preamble(
            every(544, fsk("POCSAG", { baud, 4000, 25000, 11e3 }, { two("7CD215D8") }))));
    return all;
}

// Formats of high symbol rates.
std::vector<sync_format> of_wide()
{
    // IEEE 802.15.4, 12.2.4: the chips of the symbol 0, of which preambles are made.
    const auto symbol = bits_of("D9C3522E");
    auto chips = symbol;
    chips.insert(chips.end(), symbol.begin(), symbol.end());
    return {
        // GSM 05.02, 5.2.5: the training of a synchronization burst, each 46 ms of a
        // cell.
        fsk("GSM", { 1625e3 / 6.0, 120e3, 400e3, 220e3 }, { gsm("B962040F2D45761B") }),
        // ETSI EN 300 175-2, 4.6: the S field of either side.
        at_start(fsk("DECT", { 1152e3, 600e3, 2500e3, 1.2e6 }, { two("AAAAE98A") })),
        // Bluetooth Core 6.B, 2.1.2: preamble and access address of advertising, 1 Mb/s.
        at_start(
            fsk("BLE advertising", { 1e6, 500e3, 2500e3, 1.1e6 }, { two("556B7D9171") })),
        at_start(
            fsk("IEEE 802.15.4", { 2e6, 1200e3, 4e6, 2.2e6 }, { offset_qpsk(chips) })),
    };
}

// What satellites send.
std::vector<sync_format> at_baud(double baud)
{
    const place by_frequency{ baud, 0.6 * baud, 4.0 * baud };
    const place by_phase{ baud, 0.6 * baud, 2.5 * baud };
    // CCSDS 131.0-B, 9.2. Of equals the first counts, and differential phase keying looks
    // like frequency keying, too.
    std::vector<sync_format> all = {
        psk("CCSDS PSK", by_phase, { bpsk_turns("1ACFFC1D") }),
        centred(psk("CCSDS PSK", by_phase, { dbpsk_turns("1ACFFC1D") })),
        fsk("CCSDS FSK", by_frequency, { two("1ACFFC1D") }),
        // The radio modules AX100 of GOMspace, in both modes, and NGHam (J. P. Hansen,
        // 2015).
        with_preamble(fsk("AX100", by_frequency, { two("930B51DE") })),
        behind_scrambler(fsk("AX100", by_frequency, { two("5555930B51DE") })),
        with_preamble(fsk("NGHam", by_frequency, { two("5DE62A7E") })),
        // The Unified SPUTNIX Protocol.
        fsk("USP", by_frequency, { two("5072F64B2D90B1F5") }),
    };
    for (const bool is_scrambled : { false, true }) {
        all.push_back(hdlc("HDLC PSK", by_phase, true, is_scrambled));
        all.push_back(hdlc("HDLC FSK", by_frequency, false, is_scrambled));
    }
    return all;
}

// Binary phase keying of 600 and 1200 Bd.
std::vector<sync_format> of_slow_phase()
{
    // P. Karn, "Proposed coded AO-40 telemetry format", 2002: one bit of a sync word in
    // each 80. FUNcube satellites use it.
    auto ao40 = psk("AO-40 FEC", { 1200, 700, 3000 }, {});
    ao40.spread = "1111111000011101111001011001001000000100010011000101110101101100"
                  "0";
    ao40.step = 80;
    std::vector<sync_format> all = { ao40 };
    // ARINC 741: the unique word of frames and bursts.
    for (const double baud : { 600, 1200 })
        all.push_back(with_preamble(psk("Inmarsat Aero",
                                        { baud, 0.6 * baud, 2.5 * baud },
                                        { dbpsk_turns("E15AE893") })));
    return all;
}

std::vector<sync_format> make_formats()
{
    std::vector<sync_format> all = of_voice();
    const auto add = [&](const std::vector<sync_format>& more) {
        all.insert(all.end(), more.begin(), more.end());
    };
    add(of_data());
    add(of_wide());
    add(of_slow_phase());
    for (const double baud : { 1200, 2400, 4800, 9600, 19200 })
        add(at_baud(baud));
    return all;
}

} // namespace

size_t sync_format::length() const
{
    size_t most = spread.size() * step;
    for (const auto& word : levels)
        most = std::max(most, word.levels.size());
    for (const auto& word : turns)
        most = std::max(most, word.size());
    return most;
}

const std::vector<sync_format>& sync_formats()
{
    static const std::vector<sync_format> all = make_formats();
    return all;
}

const std::vector<subcarrier>& subcarriers()
{
    static const std::vector<subcarrier> all = {
        // AX.25 with the tones of Bell 202.
        { 1700, 1200, false, 3e3, 30e3, { hdlc("AFSK HDLC", { 1200 }, false, false) } },
        // ARINC 618: the end of "+*", two SYN and SOH with parity; 1200 Hz where a bit
        // differs from that before.
        { 1800,
          1500,
          true,
          2e3,
          16e3,
          { fsk("ACARS", { 2400 }, { differing("D554686880") }) } },
    };
    return all;
}

// S. Franke, W. Somerville, J. Taylor, "The FT4 and FT8 communication protocols", QEX
// 2020; the documentation of JS8Call.
const std::vector<tone_format>& tone_formats()
{
    const std::vector<int> ft8 = { 3, 1, 4, 0, 6, 5, 2 }, js8 = { 4, 2, 5, 6, 1, 3, 0 };
    const std::vector<std::vector<int>> fast = { { 0, 6, 2, 3, 5, 4, 1 },
                                                 { 1, 5, 0, 2, 3, 6, 4 },
                                                 { 2, 5, 0, 6, 4, 1, 3 } };
    static const std::vector<tone_format> all = {
        { "FT8", 6.25, { ft8, ft8, ft8 } },
        { "JS8", 6.25, { js8, js8, js8 } },
        { "JS8", 10.0, fast },
        { "JS8", 20.0, fast },
        { "JS8", 3.125, fast },
    };
    return all;
}

} // namespace rfattn
} // namespace gr
