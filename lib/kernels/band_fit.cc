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

constexpr double LOBE_HZ = 4000.0;       // skirts are smoothed over, at most
constexpr double GAP_HZ = 20e3;          // within a band, at most, beyond a box
constexpr double CARRIER_SHARE = 0.15;   // of the power, in a line with side bands
constexpr double SIDE_DIFFERENCE = 0.6;  // of its two side bands, of their sum
constexpr double MOST_LINE = 0.9;        // of the power: else its side bands are seen
constexpr int LINE_REACH = 3;            // bins on each side that a line has power in
constexpr double WEAK_HZ = 150.0;        // that weak side bands are smoothed over
constexpr double LEAST_VOICE_HZ = 300.0; // from the carrier to the end of a side band
constexpr double WEAK_SHARE = 0.01;      // of the line's power: phase noise has less
constexpr double RISE = 0.1;             // of what rises beyond the edge: another signal
constexpr double SPILL_WIDTHS = 1.5;     // searched on each side of a box
constexpr double SPILL_HZ = 20e3;        // and so far at least
constexpr double LOBE_REACH = 0.1;       // of the width: here side lobes may rise
constexpr double LOBE_LEVEL = 0.15;      // of the signal, at most
constexpr double LOBE_MARGIN = 2.0;      // a skirt may be so much above its mean
constexpr double WINDOW_VARIANCE = 1.0 / 3.0; // of the power of a Hann window, in bins^2
constexpr double LINE_BINS = 3.0; // a single line may be measured to be so wide
constexpr double MOST_LINE_BINS =
    6.5; // what is seen to be wider has no error of the window

// A carrier in a profile, and the bins around it that have its power.
struct carrier_line {
    int twice; // its place: the sum of the two bins that it lies in the middle of
    double power;
};

double excess_at(const burst_fit::profile& p, int i)
{
    const bool is_inside = i >= 0 && i < static_cast<int>(p.excess.size());
    return is_inside ? std::max(0.0f, p.excess[i]) : 0.0f;
}

double excess_of(const burst_fit::profile& p, int first, int last)
{
    double sum = 0.0;
    for (int i = first; i <= last; i++)
        sum += excess_at(p, i);
    return sum;
}

carrier_line line_at(const burst_fit::profile& p, int top)
{
    const double before = excess_at(p, top - 1), after = excess_at(p, top + 1);
    const double power = before + excess_at(p, top) + after;
    const double off = power > 0.0 ? (after - before) / power : 0.0;
    return { static_cast<int>(std::lround(2.0 * (top + off))), power };
}

// The side bands of a carrier that is keyed or modulated in amplitude mirror each other
// around it: what does so belongs to it, across wider gaps, too. Returns twice the bins
// to their ends, at least `reach`.
int reach_of_side_bands(const burst_fit::profile& p,
                        const carrier_line& line,
                        const std::vector<float>& smooth,
                        double threshold,
                        const std::vector<bool>& foreign,
                        int reach)
{
    const int n = static_cast<int>(smooth.size());
    const int least_gap = static_cast<int>(SIDE_GAP_HZ / p.source->bin_hz());
    double both = 0.0, differences = 0.0;
    for (int d = reach + 2; d <= reach + std::max(reach, 2 * least_gap); d += 2) {
        const int above = (line.twice + d) / 2, below = line.twice - above;
        if (below < 1 || above > n - 2 || foreign[below] || foreign[above])
            break;
        const auto largest = [&](int i) { // the carrier may lie between bins
            const float most = std::max({ smooth[i - 1], smooth[i], smooth[i + 1] });
            return std::max(0.0, most - threshold);
        };
        const double a = largest(above), b = largest(below);
        both += a + b;
        differences += std::abs(a - b);
        if (a > 0.0 && b > 0.0 && differences < SIDE_DIFFERENCE * both)
            reach = d;
    }
    return reach;
}

// Voice on a carrier has so little power in each bin that it is seen in many at once.
// Returns twice the bins to the ends of such side bands, 0 without any.
int reach_of_weak_side_bands(const burst_fit::profile& p,
                             const carrier_line& line,
                             const std::vector<bool>& foreign)
{
    auto beside = p.excess;
    const int n = static_cast<int>(beside.size()), middle = line.twice / 2;
    for (int i = middle - LINE_REACH; i <= middle + LINE_REACH + 1; i++)
        if (i >= 0 && i < n)
            beside[i] = 0.0f;
    const int width = std::max(1, static_cast<int>(WEAK_HZ / p.source->bin_hz()));
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const int start = 2 * LINE_REACH + 2;
    const int reach = reach_of_side_bands(p,
                                          line,
                                          boxcar(beside, width),
                                          std::max(LEAST_EXCESS, SIGMAS * sigma),
                                          foreign,
                                          start);
    const double sides = excess_of(p, (line.twice - reach) / 2, middle - LINE_REACH - 1) +
                         excess_of(p, middle + LINE_REACH + 2, (line.twice + reach) / 2);
    const bool is_voice = 0.5 * reach * p.source->bin_hz() > LEAST_VOICE_HZ;
    return is_voice && reach > start && sides > WEAK_SHARE * line.power ? reach : 0;
}

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
    const auto line = std::max_element(p.excess.begin() + std::max(0, peak - width),
                                       p.excess.begin() + std::min(n, peak + width + 1));
    const int top = static_cast<int>(line - p.excess.begin());
    const auto carrier = line_at(p, top);
    const auto widen = [&](int reach) {
        lo = std::min(lo, (carrier.twice - reach) / 2);
        hi = std::max(hi, (carrier.twice + reach) / 2);
    };
    // Twice the bins from the carrier to the nearer edge; below 0 it lies beside the
    // band.
    const int to_edge = std::min(2 * hi - carrier.twice, carrier.twice - 2 * lo);
    if (to_edge >= 0 && carrier.power > CARRIER_SHARE * excess_of(p, lo, hi))
        widen(reach_of_side_bands(p, carrier, smooth, threshold, foreign, to_edge));
    int weak = 0;
    if (to_edge >= 0 && carrier.power > MOST_LINE * excess_of(p, lo, hi))
        weak = reach_of_weak_side_bands(p, carrier, foreign);
    if (weak > 0)
        widen(weak);
    double sum = 0.0;
    const auto above = [&](int i) {
        return smooth[i] > threshold || (weak > 0 && !foreign[i])
                   ? std::max(0.0f, p.excess[i])
                   : 0.0f;
    };
    for (int i = lo; i <= hi; i++)
        sum += above(i);
    band_fit fit{ b, skirt(b.lower, b.upper, 0.0) };
    fit.has_weak_side_bands = weak > 0;
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
    // The line would leave weak side bands no share of the power.
    const auto counted = [&](int i) {
        const bool is_line = std::abs(2 * i - carrier.twice) <= 2 * LINE_REACH;
        return weak > 0 && is_line ? 0.0 : static_cast<double>(above(i));
    };
    double all = 0.0;
    for (int i = lo; i <= hi; i++)
        all += counted(i);
    const auto crossing = [&](double share) {
        double cumulated = 0.0;
        for (int i = lo; i <= hi; i++) {
            const double here = counted(i);
            if (cumulated + here >= share * all)
                return i + (share * all - cumulated) / std::max(here, 1e-12);
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
    fit.seen_lower = s.lower_edge(p.first_bin + lo);
    fit.seen_upper = s.lower_edge(p.first_bin + hi + 1);
    fit.spill = measure_skirt(p, foreign, fit, sum / (hi - lo + 1));
    return fit;
}

skirt burst_fit::measure_skirt(const profile& p,
                               const std::vector<bool>& foreign,
                               const band_fit& fit,
                               double level) const
{
    const box& band = fit.where;
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
                // Skirts fall, but for the lobes close by and for side bands; what else
                // rises is another signal.
                const double at = s.lower_edge(p.first_bin + i);
                const bool is_own = at >= fit.seen_lower && at < fit.seen_upper;
                const bool is_lobe =
                    distance < LOBE_REACH * band.width() && here < LOBE_LEVEL * level;
                most = std::min(is_own ? level : most, LOBE_MARGIN * here);
                if (is_own || is_lobe)
                    most = std::max(here, most);
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
