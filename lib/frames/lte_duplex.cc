/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "lte_duplex.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <array>
#include <complex>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

using lte_words::CARRIERS;
using carriers = std::array<gr_complex, CARRIERS>;

constexpr size_t SMOOTHED = 4;         // carriers on each side
constexpr double LEAST_LIKENESS = 0.4; // 1 without noise; chance has up to 0.31
constexpr double CLOCK = 30.72e6;      // in which the standard states times, Hz

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

// How much of the rows of two halves of a frame is that of a cell, from 0 to 1.
double likeness(const std::array<std::vector<carriers>, 2>& rows, size_t sector)
{
    double power = 0.0;
    for (const auto& half : rows)
        for (const auto& row : half)
            power += std::sqrt(std::accumulate(
                row.begin(), row.end(), 0.0, [](double sum, gr_complex value) {
                    return sum + std::norm(value);
                }));
    if (power <= 0.0)
        return 0.0;
    const auto sum_of = [](const std::vector<carriers>& half, const auto& word) {
        double sum = 0.0;
        for (const auto& row : half)
            sum += std::abs(
                std::inner_product(row.begin(), row.end(), word.begin(), gr_complex()));
        return sum;
    };
    double most = 0.0;
    for (size_t group = 0; group < lte_words::GROUPS; group++) {
        const auto words = lte_words::secondary(group, sector);
        most = std::max({ most,
                          sum_of(rows[0], words[0]) + sum_of(rows[1], words[1]),
                          sum_of(rows[0], words[1]) + sum_of(rows[1], words[0]) });
    }
    return most / (power * std::sqrt(static_cast<double>(CARRIERS)));
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

const char* duplex_of(const std::vector<gr_complex>& samples,
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
        if (likeness(rows, place.sector) >= LEAST_LIKENESS)
            return d.name;
    }
    return nullptr;
}

} // namespace rfattn
} // namespace gr
