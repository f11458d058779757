/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The bursts of a band: when they begin and end.

#include "base/boxcar.h"
#include "burst_fit.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr double VOICE_HZ = 3500.0;     // narrower: pauses of speech do not end a burst
constexpr double COVERS = 30.0;         // times as dense: a signal that lies over another
constexpr double PAUSE_PRODUCT = 100.0; // longest pause within a burst, in 1 / width
constexpr double LEAST_PULSE_S = 200e-6; // shortest pulse in rows; Mode S shows 190 us
constexpr double PULSE_PRODUCT = 12.0;   // longest pulse of a keyed carrier, in 1 / width
constexpr double KEYED_PAUSE_S = 0.01;   // longest pause of a keyed carrier
constexpr double VOICE_PAUSE_S = 0.5;
constexpr double LEAST_PAUSE_S = 400e-6;
constexpr double LONGEST_PAUSE_S = 1.0;
constexpr double ROW_PROBABILITY = 1e-5; // chance that noise looks like a burst in a row
constexpr double LONGEST_SMOOTHING_S = 0.2;
constexpr double LEAST_LEFT = 0.5; // least share of the bins of a box that lines leave

// Mean of the rows that noise does not explain; where they are few, of the louder half.
double level_of(std::vector<float> rows, double looks)
{
    std::sort(rows.begin(), rows.end(), std::greater<>());
    const double limit = noise_quantile(looks, ROW_PROBABILITY) - 1.0;
    size_t n = std::partition_point(
                   rows.begin(), rows.end(), [&](float y) { return y > limit; }) -
               rows.begin();
    if (n < 2)
        n = (rows.size() + 1) / 2;
    return std::accumulate(rows.begin(), rows.begin() + n, 0.0) / static_cast<double>(n);
}

} // namespace

// Which bins of a box lines fill; none where too few would be left.
std::vector<bool>
burst_fit::bins_of(const spectrogram& s, const box& b, const neighbours& lines)
{
    auto filled = bins_filled(s, b, lines);
    const auto all = static_cast<double>(filled.size());
    const auto left =
        static_cast<double>(std::count(filled.begin(), filled.end(), false));
    if (left == all || left < LEAST_LEFT * all)
        return {};
    return filled;
}

double
burst_fit::longest_pause_s(double width, double pulse_s, double effective_width) const
{
    double pause = std::clamp(PAUSE_PRODUCT / width, LEAST_PAUSE_S, LONGEST_PAUSE_S);
    if (d_decisions.applies(decisions::VOICE_PAUSE, [&] { return width < VOICE_HZ; }))
        pause = std::max(pause, VOICE_PAUSE_S);
    if (d_decisions.applies(decisions::KEYED_PAUSE, [&] {
            return pulse_s > LEAST_PULSE_S && pulse_s * effective_width < PULSE_PRODUCT;
        }))
        pause = std::max(pause, KEYED_PAUSE_S);
    return pause;
}

burst_fit::envelope burst_fit::fit_times(const box& b,
                                         double before,
                                         double after,
                                         const neighbours& others,
                                         double level,
                                         double known_pause,
                                         double effective_width) const
{
    auto lines = lines_among(others, b);
    if (!d_decisions.applies(decisions::BESIDE_LINES, [&] { return !lines.empty(); }))
        lines.clear();
    const spectrogram& s = for_time(b.width());
    envelope result{ {}, level, 0.0, 1e3, false }; // an unknown pulse is long
    if (s.end() == 0)
        return result;
    const uint64_t first = s.row_at(b.start - before), end = s.row_at(b.end + after) + 1;
    const auto y = row_powers(s, b.lower, b.upper, first, end, bins_of(s, b, lines));
    const int n = static_cast<int>(y.size());
    const auto at = [&](uint64_t r) {
        return static_cast<int>(
            std::clamp<int64_t>(int64_t(r) - int64_t(first), 0, n - 1));
    };
    // The bins that these rows have may be wider than a line.
    const int bins_of_rows = s.bin_at(b.upper - 1e-6) - s.bin_at(b.lower) + 1;
    level *= std::min(1.0, b.width() / (bins_of_rows * s.bin_hz()));
    const double bins = independent_bins(std::max(1.0, b.width() / s.bin_hz()));
    if (!(level > 0.0)) { // the mean of the louder half within the box
        std::vector<float> inside(y.begin() + at(s.row_at(b.start)),
                                  y.begin() + at(s.row_at(b.end)) + 1);
        level = result.level = level_of(inside, bins);
    }
    if (!(level > 0.0))
        return result;
    const auto in_noise = [&](int rows) {
        return noise_quantile(bins * rows, ROW_PROBABILITY) - 1.0;
    };
    const int most = std::max(1, static_cast<int>(LONGEST_SMOOTHING_S / s.row_s()));
    int rows = 1;
    while (rows < most && in_noise(rows) > 0.5 * level)
        rows++;
    const auto smooth = boxcar(y, rows);
    const double threshold =
        std::min(std::max(0.15 * level, in_noise(rows)), 0.6 * level);
    std::vector<int> runs;
    for (int i = 0, from = -1; i <= n; i++) {
        const bool on = i < n && smooth[i] > threshold;
        if (on && from < 0)
            from = i;
        if (!on && from >= 0 && i < n) { // one that is still on the air has no length yet
            runs.push_back(i - from);
            from = -1;
        }
    }
    if (!runs.empty()) {
        std::nth_element(runs.begin(), runs.begin() + runs.size() / 2, runs.end());
        result.pulse_s = runs[runs.size() / 2] * s.row_s();
    }
    result.has_paused = !runs.empty();
    const double pause = std::max(
        known_pause > 0.0 ? known_pause / static_cast<double>(s.hop())
                          : longest_pause_s(b.width(),
                                            result.pulse_s,
                                            std::min(effective_width, b.width())) /
                                s.row_s(),
        1.5 + rows);
    result.pause = pause * static_cast<double>(s.hop());
    int start = -1, last = -1;
    const auto close = [&] {
        if (start < 0)
            return;
        // The smooth envelope is wider than the burst, by what lies beyond half its
        // level.
        double trim = rows > 1 ? 0.5 * rows * (1.0 - 2.0 * threshold / level) : 0.0;
        trim = std::clamp(trim, 0.0, 0.4 * (last - start));
        box burst = b;
        const double half_row = rows > 1 ? 0.5 : 0.0;
        double from = start + trim - half_row, to = last - trim + half_row;
        if (rows == 1) { // the time between rows at which the level crosses half
            const auto half = [&](int i, int beside) {
                const double a = beside < 0 || beside >= n ? 0.0 : y[beside], c = y[i];
                const double goal = 0.5 * std::min<double>(level, std::max<double>(c, a));
                return c > a && goal > a ? (goal - a) / (c - a) : 0.0;
            };
            from = start - 1 + half(start, start - 1);
            to = last + 1 - half(last, last + 1);
        }
        burst.start = s.middle(static_cast<double>(first) + from);
        burst.end = s.middle(static_cast<double>(first) + std::max(to, from + 0.5));
        result.bursts.push_back(burst);
        start = -1;
    };
    for (int i = 0; i < n; i++) {
        if (smooth[i] > threshold) {
            if (start >= 0 && i - last > pause)
                close();
            if (start < 0)
                start = i;
            last = i;
        }
    }
    close();
    return result;
}

// A signal that lies over the band is much denser there and right beside it; one that
// grows is not.
box burst_fit::longest_uncovered(const box& b) const
{
    const spectrogram& s = for_time(b.width());
    if (s.end() == 0)
        return b;
    const uint64_t first = s.row_at(b.start), end = s.row_at(b.end) + 1;
    const double reach = std::max(b.width(), s.bin_hz()), gap = s.bin_hz();
    const auto inside = row_powers(s, b.lower, b.upper, first, end);
    const auto beside = [&](double lower) {
        const double from = std::max(lower, s.lower_edge(0));
        const double to = std::min(lower + reach, s.lower_edge(s.n_bins()));
        return to - from < s.bin_hz() ? std::vector<float>(inside.size(), 0.0f)
                                      : row_powers(s, from, to, first, end);
    };
    const auto below = beside(b.lower - gap - reach), above = beside(b.upper + gap);
    auto sorted = inside;
    const auto middle = sorted.begin() + static_cast<long>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double least = COVERS * (1.0 + std::max(0.0f, *middle));
    box longest = b, stretch = b;
    longest.end = longest.start;
    const auto end_at = [&](double sample) {
        stretch.end = std::min(b.end, sample);
        if (stretch.duration() > longest.duration())
            longest = stretch;
    };
    for (uint64_t r = first; r < end; r++) {
        const size_t i = r - first;
        if (!d_decisions.applies(decisions::UNCOVERED, [&] {
                return inside[i] >= least && std::max(below[i], above[i]) >= least;
            }))
            continue;
        const double at = s.middle(static_cast<double>(r)), half = 0.5 * s.size();
        end_at(at - half);
        stretch.start = at + half;
    }
    end_at(b.end);
    return longest;
}

} // namespace rfattn
} // namespace gr
