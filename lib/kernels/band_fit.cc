/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The edges of a band, and what the signal spills beside it.

#include "burst_fit.h"
#include "cell_map.h"
#include "fit_rules.h"
#include "smoothing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr double LOBE_HZ = 4000.0; // skirts are smoothed over, at most
constexpr double GAP_HZ = 20e3;    // within a band, at most, beyond a box
constexpr size_t LEAST_KEYED_ROWS = 20;
constexpr double LEAST_KEYED_LEVEL = 5.0;
constexpr double KEYED_OFF = 0.33;  // of the time, at least, without power
constexpr double MOST_SEEN = 1.5;   // of the band that holds 99 %
constexpr double WEAK_LEVEL = 40.0; // mean excess of a keyed carrier that is widened
constexpr double MOST_WIDENING = 4.0;
constexpr double RISE = 0.1;         // of what rises beyond the edge: another signal
constexpr double SPILL_WIDTHS = 1.5; // searched on each side of a box
constexpr double SPILL_HZ = 20e3;    // and so far at least
constexpr double LOBE_REACH = 0.1;   // of the width: here side lobes may rise
constexpr double LOBE_LEVEL = 0.15;  // of the signal, at most
constexpr double LOBE_MARGIN = 2.0;  // a skirt may be so much above its mean
constexpr double BAND_SHARE = 0.005; // of the power outside each edge
constexpr double WINDOW_VARIANCE = 1.0 / 3.0; // of the power of a Hann window, in bins^2
constexpr double LINE_BINS = 3.0; // a single line may be measured to be so wide
constexpr double MOST_LINE_BINS =
    6.5; // what is seen to be wider has no error of the window

} // namespace

burst_fit::band_fit burst_fit::fit_band(const box& b, const neighbours& others) const
{
    const double margin = std::max(SPILL_WIDTHS * b.width(), SPILL_HZ);
    auto p = measure(b, b.lower - margin, b.upper + margin);
    const spectrogram& s = *p.source;
    const int n = static_cast<int>(p.excess.size());
    std::vector<bool> foreign(n, false);
    for (const auto& other : others) {
        const int first = std::max(0, s.bin_at(other.spill.lower()) - p.first_bin);
        const int last = std::min(n - 1, s.bin_at(other.spill.upper()) - p.first_bin);
        for (int i = first; i <= last; i++) {
            const double edge = s.lower_edge(p.first_bin + i);
            const double noise =
                1.0 + other.spill.over(edge, edge + s.bin_hz()) / s.bin_hz();
            p.excess[i] = static_cast<float>((p.excess[i] + 1.0) / noise - 1.0);
        }
    }
    for (const auto& other : others) {
        const int first = std::max(0, s.bin_at(other.lower) - p.first_bin);
        const int last = std::min(n - 1, s.bin_at(other.upper) - p.first_bin);
        for (int i = first; i <= last; i++) {
            foreign[i] = true;
            p.excess[i] = 0.0f;
        }
    }
    const int from = std::clamp(s.bin_at(b.lower) - p.first_bin, 0, n - 1);
    const int to = std::clamp(s.bin_at(b.upper) - p.first_bin, from, n - 1);
    const int width = bins_for(p.looks, (to - from + 1) / 10);
    const auto smooth = boxcar(p.excess, width);
    const int peak = static_cast<int>(
        std::max_element(smooth.begin() + from, smooth.begin() + to + 1) -
        smooth.begin());
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const double threshold = std::max({ LEAST_EXCESS,
                                        DYNAMIC * smooth[peak],
                                        std::min(SIGMAS * sigma, 0.5 * smooth[peak]) });
    int lo = from, hi = to;
    while (lo < peak && !(smooth[lo] > threshold))
        lo++;
    while (hi > peak && !(smooth[hi] > threshold))
        hi--;
    // Beyond the box the band continues as far as its gaps stay small.
    const auto grow = [&](int at, int step) {
        int edge = at, gap = 0;
        double least = smooth[at];
        const int limit = std::clamp(
            (hi - lo + 1) / 16, 4, std::max(4, static_cast<int>(GAP_HZ / s.bin_hz())));
        for (int i = at + step; i >= 0 && i < n && gap < limit; i += step) {
            if (RISE * smooth[i] > std::max(least, LEAST_EXCESS))
                break; // what rises so much is another signal
            least = std::min<double>(least, smooth[i]);
            if (smooth[i] > threshold) {
                edge = i;
                gap = 0;
            } else if (!foreign[i]) {
                gap++;
            }
        }
        return edge;
    };
    if (lo == from)
        lo = grow(lo, -1);
    if (hi == to)
        hi = grow(hi, 1);
    double sum = 0.0;
    const auto above = [&](int i) {
        return smooth[i] > threshold ? std::max(0.0f, p.excess[i]) : 0.0f;
    };
    for (int i = lo; i <= hi; i++)
        sum += above(i);
    band_fit fit{ b, skirt(b.lower, b.upper, 0.0) };
    double squares = 0.0, moment = 0.0, second_moment = 0.0;
    for (int i = lo; i <= hi; i++) {
        const double power = above(i);
        squares += power * power;
        moment += power * (i - lo);
        second_moment += power * (i - lo) * (i - lo);
    }
    fit.effective_width = squares > 0.0 ? sum * sum / squares * s.bin_hz() : b.width();
    box& fitted = fit.where;
    if (sum <= 0.0) {
        fit.is_empty = true;
        return fit;
    }
    const auto crossing = [&](double share) {
        double cumulated = 0.0;
        for (int i = lo; i <= hi; i++) {
            const double here = above(i);
            if (cumulated + here >= share * sum)
                return i + (share * sum - cumulated) / std::max(here, 1e-12);
            cumulated += here;
        }
        return hi + 1.0;
    };
    fitted.lower = s.lower_edge(p.first_bin + crossing(BAND_SHARE));
    fitted.upper = s.lower_edge(p.first_bin + crossing(1.0 - BAND_SHARE));
    // The window widens what is narrow by about two bins, and resolves no less.
    const double seen = fitted.width(), blur = 2.0 * s.bin_hz();
    double own = std::max(std::sqrt(std::max(0.0, seen * seen - blur * blur)), blur);
    // That leaves too much of a few lines. A flat band with the variance that the power
    // has without the window is as wide as these, or somewhat wider.
    const double variance =
        second_moment / sum - moment / sum * (moment / sum) - WINDOW_VARIANCE;
    if (seen < MOST_LINE_BINS * s.bin_hz())
        own = std::min(own,
                       std::max(std::sqrt(12.0 * std::max(0.0, variance)), LINE_BINS) *
                           s.bin_hz());
    fitted.lower += 0.5 * (seen - own);
    fitted.upper -= 0.5 * (seen - own);
    // The power of a keyed carrier falls with the square of the distance. What is strong
    // shows more than its band; then nothing is missing. What lies around another signal
    // may be the skirts of that one.
    const bool is_around =
        std::find(foreign.begin() + lo, foreign.begin() + hi + 1, true) !=
        foreign.begin() + hi + 1;
    const double visible = (hi - lo + 1) * s.bin_hz();
    const double beyond = 0.5 * threshold * visible; // power on each side of what is seen
    if (!is_around && visible < MOST_SEEN * fitted.width() &&
        sum < WEAK_LEVEL * (hi - lo + 1))
        fit.keyed_width =
            visible * beyond / (BAND_SHARE * (sum * s.bin_hz() + 2.0 * beyond));
    fit.spill = measure_skirt(p, foreign, fitted, sum / (hi - lo + 1));
    return fit;
}

void burst_fit::widen_keyed(band_fit& fit) const
{
    box& b = fit.where;
    const double width = std::min(fit.keyed_width, MOST_WIDENING * b.width());
    if (width <= b.width() || b.width() < VOICE_HZ || b.width() > WIDE_HZ || !is_keyed(b))
        return;
    const spectrogram& s = *d_all.front();
    const double middle = 0.5 * (b.lower + b.upper);
    // What would lie beyond the band is not there.
    b.lower = std::max(middle - 0.5 * width, std::min(b.lower, s.lower_edge(0)));
    b.upper = std::min(middle + 0.5 * width, std::max(b.upper, s.lower_edge(s.n_bins())));
}

// Whether the power falls to nothing many times during the burst.
bool burst_fit::is_keyed(const box& b) const
{
    const spectrogram& s = *d_all.front();
    const auto hop = static_cast<double>(s.hop());
    if (s.end() == 0 || b.duration() < LEAST_KEYED_ROWS * hop)
        return false;
    const auto y = row_powers(
        s, b.lower, b.upper, s.row_at(b.start + hop), s.row_at(b.end - hop) + 1);
    const double level =
        std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
    if (y.size() < LEAST_KEYED_ROWS || level < LEAST_KEYED_LEVEL)
        return false;
    const auto off = static_cast<double>(
        std::count_if(y.begin(), y.end(), [&](float v) { return v < 0.2 * level; }));
    return off > KEYED_OFF * static_cast<double>(y.size());
}

skirt burst_fit::measure_skirt(const profile& p,
                               const std::vector<bool>& foreign,
                               const box& band,
                               double level) const
{
    const spectrogram& s = *p.source;
    const int n = static_cast<int>(p.excess.size());
    const double reach = std::max(SPILL_WIDTHS * band.width(), SPILL_HZ);
    skirt found(band.lower, band.upper, reach);
    const int lobe = std::clamp(
        static_cast<int>(std::min(0.17 * band.width(), LOBE_HZ) / s.bin_hz()), 1, n);
    const auto smooth = boxcar(p.excess, std::max(lobe, bins_for(p.looks, n / 8)));
    const auto side = [&](double edge, int step) {
        std::vector<float> excess;
        double most = level;
        for (int i = s.bin_at(edge) - p.first_bin; i >= 0 && i < n; i += step) {
            const double distance = static_cast<double>(excess.size()) * s.bin_hz();
            if (!foreign[i]) {
                const double here = std::max<double>(smooth[i], 0.0);
                // Skirts fall, but for the lobes close by; what rises is another signal.
                most = distance < LOBE_REACH * band.width() && here < LOBE_LEVEL * level
                           ? std::max(here, std::min(most, LOBE_MARGIN * here))
                           : std::min(most, LOBE_MARGIN * here);
            }
            excess.push_back(static_cast<float>(most));
        }
        return excess;
    };
    found.set(false, side(band.lower, -1), s.bin_hz());
    found.set(true, side(band.upper, 1), s.bin_hz());
    return found;
}

} // namespace rfattn
} // namespace gr
