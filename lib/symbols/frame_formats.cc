/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_clock.h"
#include "words/sync_words.h"
#include "words/word_symbols.h"

#include <gnuradio/math.h>
#include <gnuradio/rfattn/frame_formats.h>

#include <algorithm>
#include <complex>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

constexpr int SAMPLES = 8; // of a symbol

// The phase of each sample, and sums of samples, as symbol_clock takes them.
struct sent_samples {
    std::vector<double> phase{};
    std::vector<std::complex<double>> sums{};

    void add(double at)
    {
        phase.push_back(at);
        sums.push_back((sums.empty() ? 0.0 : sums.back()) + std::polar(1.0, at));
    }
};

sent_samples samples_of(const std::string& modulation, const word_symbols::bits& sent)
{
    sent_samples made;
    double at = 0.0;
    const auto hold = [&made, &at](int count) {
        for (int n = 0; n < count; n++)
            made.add(at);
    };
    hold(SAMPLES); // turns are from a symbol to the next
    for (const auto turn : word_symbols::turns_of(modulation, sent)) {
        at += static_cast<double>(std::arg(turn));
        hold(SAMPLES);
    }
    for (const float level : word_symbols::levels_of(modulation, sent))
        for (int n = 0; n < SAMPLES; n++)
            made.add(at += 0.5 * GR_M_PI / SAMPLES * static_cast<double>(level));
    hold(2 * SAMPLES); // the last symbol is complete
    return made;
}

} // namespace

void frame_formats::set(const std::vector<frame_formats::row>& rows)
{
    set_formats(format_table(rows));
}

frame_formats::found
frame_formats::find(const frame_formats::row& row, const std::string& vector, int wrong)
{
    const format_table table({ row });
    found made;
    if (table.words.empty() && table.subcarriers.empty())
        return made;
    const auto& format = table.words.empty() ? table.subcarriers.front().formats.front()
                                             : table.words.front();
    std::vector<size_t> stated;
    word_symbols::bits sent;
    try {
        sent = word_symbols::bits_of(vector.substr(0, vector.find('=')), &stated);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument(row.name + ": " + error.what());
    }
    made.stated = stated.size();
    if (wrong >= 0 && static_cast<size_t>(wrong) < stated.size())
        sent[stated[static_cast<size_t>(wrong)]] ^= 1;
    const auto samples = samples_of(row.modulation, sent);
    symbol_clock clock(format.baud, SAMPLES, format.is_phase);
    clock.add(format);
    clock.run(samples.phase, samples.sums, 0);
    made.bits = clock.found().bits;
    if (clock.found().name)
        made.name = clock.found().name;
    if (!clock.frames().empty())
        for (const unsigned octet : clock.frames().front().octets)
            for (const unsigned digit : { octet >> 4, octet & 15 })
                made.octets += "0123456789ABCDEF"[digit];
    return made;
}

void frame_formats::check(const frame_formats::row& row)
{
    for (const auto& vector : row.vectors) {
        const found made = find(row, vector);
        std::string octets = vector.substr(std::min(vector.find('='), vector.size()));
        octets.erase(std::remove_if(octets.begin(),
                                    octets.end(),
                                    [](char c) { return c == '=' || c <= ' '; }),
                     octets.end());
        if (made.name.empty())
            throw std::invalid_argument(row.name + ": must be found in its vectors");
        if (made.octets != octets)
            throw std::invalid_argument(row.name + ": its vector must have the frame " +
                                        octets + ", has " + made.octets);
    }
}

} // namespace rfattn
} // namespace gr
