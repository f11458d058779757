/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "lte_duplex.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <array>
#include <complex>

namespace gr {
namespace rfattn {

namespace {

using lte_words::CARRIERS;
using carriers = std::array<gr_complex, CARRIERS>;

constexpr size_t SMOOTHED = 4;    // carriers on each side
constexpr double CLOCK = 30.72e6; // in which the standard states times, Hz

struct duplex {
    const char* name;
    double before_s; // from the secondary to the primary signal
};
constexpr std::array<duplex, 2> DUPLEXES{ { { "LTE FDD", (2048 + 144) / CLOCK },
                                            { "LTE TDD",
                                              (3 * (2048 + 144) + 16) / CLOCK } } };

// The sums over neighbours along the carriers: noise falls, the channel stays.
carriers smoothed(const carriers& values)
{
    carriers found{};
    for (size_t k = 0; k < CARRIERS; k++)
        for (size_t n = k - std::min(k, SMOOTHED);
             n < std::min(CARRIERS, k + SMOOTHED + 1);
             n++)
            found[k] += values[n];
    return found;
}

// The mean of rows, each of the same power. What repeats is no stronger in it than once.
carriers mean_of(const std::vector<carriers>& rows)
{
    carriers mean{};
    for (const auto& row : rows) {
        double power = 1e-30;
        for (const gr_complex value : row)
            power += static_cast<double>(std::norm(value));
        for (size_t k = 0; k < CARRIERS; k++)
            mean[k] += row[k] / static_cast<float>(std::sqrt(power));
    }
    return mean;
}

// How improbable it is that carriers of any power and of random phase agree so well with
// a word.
double word_bits(const carriers& mean, const std::array<float, CARRIERS>& word)
{
    double power = 0.0;
    gr_complex sum;
    for (size_t k = 0; k < CARRIERS; k++) {
        sum += mean[k] * word[k];
        power += static_cast<double>(std::norm(mean[k]));
    }
    return power > 0.0 ? static_cast<double>(std::norm(sum)) / power / std::log(2.0)
                       : 0.0;
}

// That the rows of two halves of a frame are those of a cell, less the looks.
double cell_bits(const std::array<std::vector<carriers>, 2>& rows, size_t sector)
{
    const carriers early = mean_of(rows[0]), late = mean_of(rows[1]);
    double most = 0.0;
    for (size_t group = 0; group < lte_words::GROUPS; group++) {
        const auto words = lte_words::secondary(group, sector);
        most = std::max({ most,
                          word_bits(early, words[0]) + word_bits(late, words[1]),
                          word_bits(early, words[1]) + word_bits(late, words[0]) });
    }
    return most - std::log2(2.0 * lte_words::GROUPS);
}

// The carriers of the symbol that begins at a sample, or between two.
carriers symbol_at(double start,
                   const std::vector<gr_complex>& samples,
                   const lte_times& times,
                   double offset)
{
    const double first = std::round(start);
    carriers found{};
    for (size_t k = 0; k < CARRIERS; k++) {
        const double hz = offset + lte_words::SPACING * lte_words::number(k);
        const auto step = std::polar(1.0, -2.0 * GR_M_PI * hz / times.rate);
        auto turn = std::pow(step, first - start);
        std::complex<double> sum;
        for (size_t n = 0; n < times.symbol; n++) {
            sum += turn * std::complex<double>(samples[static_cast<size_t>(first) + n]);
            turn *= step;
        }
        found[k] = gr_complex(sum);
    }
    return found;
}

} // namespace

lte_cell cell_at(const std::vector<gr_complex>& samples,
                 const lte_times& times,
                 size_t halves,
                 const lte_place& place)
{
    struct primary {
        size_t half;
        double start;
        carriers channel; // as it says
    };
    const carriers known = lte_words::primary(place.sector);
    std::vector<primary> primaries;
    for (size_t half = 0; half < halves; half++) {
        const size_t first = times.begin(half) + place.sample;
        if (first + times.symbol > samples.size())
            continue;
        const auto start = static_cast<double>(first);
        carriers channel = symbol_at(start, samples, times, place.offset);
        for (size_t k = 0; k < CARRIERS; k++)
            channel[k] *= std::conj(known[k]);
        primaries.push_back({ half, start, smoothed(channel) });
    }
    lte_cell best;
    for (const auto& d : DUPLEXES) {
        std::array<std::vector<carriers>, 2> rows;
        for (const auto& p : primaries) {
            const double before = p.start - d.before_s * times.rate;
            if (before < 0.0)
                continue;
            carriers row = symbol_at(before, samples, times, place.offset);
            for (size_t k = 0; k < CARRIERS; k++)
                row[k] *= std::conj(p.channel[k]);
            rows[p.half % 2].push_back(row);
        }
        const double bits = cell_bits(rows, place.sector) - std::log2(DUPLEXES.size());
        if (bits > best.bits)
            best = { d.name, bits };
    }
    return best;
}

} // namespace rfattn
} // namespace gr
