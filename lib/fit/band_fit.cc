/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The edges of a band, and what the signal spills beside it.

#include "base/boxcar.h"
#include "burst_fit.h"
#include "fit_limits.h"
#include "side_bands.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double LOBE_HZ = 4000.0;     // skirts are smoothed over, at most
constexpr double CARRIER_SHARE = 0.15; // least share of a line with side bands
constexpr double GAP_HZ = 20e3;        // most gap within a band beyond the box
constexpr double LINE_SHARE = 0.9;     // least share of a line that hides its side bands
constexpr double SPILL_WIDTHS = 1.5;   // searched on each side of a box
constexpr double SPILL_HZ = 20e3;      // and so far at least
constexpr double LOBE_MARGIN = 2.0;    // a skirt may be so much above its mean
constexpr double WINDOW_VARIANCE = 1.0 / 3.0; // of a Hann window's power, bins^2
constexpr double LINE_BINS = 3.0; // a single line may be measured to be so wide
constexpr double MOST_LINE_BINS =
    6.5; // what is seen to be wider has no error of the window

// Leaves the bands of other signals out of a profile, and takes their skirts for noise.
// Returns which bins are those of others, or of what lines among them leak.
std::vector<bool> leave_out(burst_fit::profile& p,
                            const burst_fit::neighbours& others,
                            const burst_fit::neighbours& lines,
                            const decisions& d)
{
    const spectrogram& s = *p.source;
    const int n = static_cast<int>(p.excess.size());
    const auto bins = [&](double lower, double upper) {
        return std::pair(std::max(0, s.bin_at(lower) - p.first_bin),
                         std::min(n - 1, s.bin_at(upper) - p.first_bin));
    };
    for (const auto& other : others) {
        const auto [first, last] = bins(other.spill.lower(), other.spill.upper());
        if (!d.applies(decisions::OTHERS_SKIRT, [f = first, l = last] { return f <= l; }))
            continue;
        for (int i = first; i <= last; i++) {
            const double edge = s.lower_edge(p.first_bin + i);
            const double noise =
                1.0 + other.spill.over(edge, edge + s.bin_hz()) / s.bin_hz();
            p.excess[i] = static_cast<float>((p.excess[i] + 1.0) / noise - 1.0);
        }
    }
    std::vector<bool> foreign(n, false);
    const auto leave = [&](decisions::name why, double lower, double upper) {
        const auto [first, last] = bins(lower, upper);
        if (!d.applies(why, [f = first, l = last] { return f <= l; }))
            return;
        for (int i = first; i <= last; i++) {
            foreign[i] = true;
            p.excess[i] = 0.0f;
        }
    };
    for (const auto& other : others)
        leave(decisions::OTHERS, other.lower, other.upper);
    const double leak = LEAK_BINS * s.bin_hz();
    for (const auto& line : lines)
        leave(decisions::LEAKS, line.lower - leak, line.upper + leak);
    return foreign;
}

// The bins of a profile that a signal occupies.
class occupied_band {
public:
    // The signal has power in the bins from first to last.
    occupied_band(const burst_fit::profile& p,
                  const std::vector<bool>& foreign,
                  int first,
                  int last,
                  const decisions& d);

    int first() const { return d_first; }
    int last() const { return d_last; }
    bool has_weak_side_bands() const { return d_is_weak; }

    double power_of(int bin) const
    {
        return d_smooth[bin] > d_threshold || (d_is_weak && !d_foreign[bin])
                   ? std::max(0.0f, d_profile.excess[bin])
                   : 0.0f;
    }

    // Where so much of the power lies below, in bins.
    double place_of(double share) const;

private:
    int grow(int from, int step) const;
    void add_side_bands(int peak, int width);
    double counted(int bin) const;

    const burst_fit::profile& d_profile;
    const std::vector<bool>& d_foreign;
    const decisions& d_decisions;
    std::vector<float> d_smooth;
    double d_threshold;
    int d_first, d_last;
    carrier_line d_carrier{ 0, 0.0 };
    bool d_is_weak = false;
};

occupied_band::occupied_band(const burst_fit::profile& p,
                             const std::vector<bool>& foreign,
                             int first,
                             int last,
                             const decisions& d)
    : d_profile(p),
      d_foreign(foreign),
      d_decisions(d),
      d_first(first),
      d_last(last)
{
    const int width = bins_for(p.looks, (last - first + 1) / 10);
    d_smooth = boxcar(p.excess, width);
    const auto begin = d_smooth.begin();
    const int peak =
        static_cast<int>(std::max_element(begin + first, begin + last + 1) - begin);
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    d_threshold = std::max(LEAST_EXCESS, std::min(SIGMAS * sigma, 0.5 * d_smooth[peak]));
    const double faint = FAINT * d_smooth[peak];
    if (d.applies(decisions::FAINT, [&] { return faint > d_threshold; }))
        d_threshold = faint;
    while (d_first < peak && !(d_smooth[d_first] > d_threshold))
        d_first++;
    while (d_last > peak && !(d_smooth[d_last] > d_threshold))
        d_last--;
    if (d_first == first && d.uses(decisions::GROWS))
        d_first = grow(d_first, -1);
    if (d_last == last && d.uses(decisions::GROWS))
        d_last = grow(d_last, 1);
    add_side_bands(peak, width);
}

// Beyond the box the band continues as far as its gaps stay small.
int occupied_band::grow(int from, int step) const
{
    const int n = static_cast<int>(d_smooth.size());
    const int most = std::max(4, static_cast<int>(GAP_HZ / d_profile.source->bin_hz()));
    const int limit = std::clamp((d_last - d_first + 1) / 16, 4, most);
    int edge = from, gap = 0;
    double least = d_smooth[from];
    for (int i = from + step; i >= 0 && i < n && gap < limit; i += step) {
        if (d_decisions.applies(decisions::RISE, [&] {
                return CORE * d_smooth[i] > std::max(least, LEAST_EXCESS);
            }))
            break; // what rises so much is another signal
        least = std::min<double>(least, d_smooth[i]);
        if (d_smooth[i] > d_threshold) {
            d_decisions.count(decisions::GROWS);
            edge = i;
            gap = 0;
        } else if (!d_foreign[i]) {
            gap++;
        }
    }
    return edge;
}

void occupied_band::add_side_bands(int peak, int width)
{
    const auto& p = d_profile;
    const int n = static_cast<int>(p.excess.size());
    const auto line = std::max_element(p.excess.begin() + std::max(0, peak - width),
                                       p.excess.begin() + std::min(n, peak + width + 1));
    d_carrier = line_at(p, static_cast<int>(line - p.excess.begin()));
    // Twice the bins to the nearer edge; below 0 the line lies beside the band.
    const int twice = d_carrier.twice;
    const int to_edge = std::min(2 * d_last - twice, twice - 2 * d_first);
    if (to_edge < 0)
        return;
    const auto widen = [&](int reach) {
        d_first = std::min(d_first, (twice - reach) / 2);
        d_last = std::max(d_last, (twice + reach) / 2);
    };
    int reach = 0;
    if (d_decisions.applies(decisions::MIRRORED, [&] {
            if (d_carrier.power > CARRIER_SHARE * excess_of(p, d_first, d_last))
                reach = reach_of_side_bands(
                    p, d_carrier, d_smooth, d_threshold, d_foreign, to_edge);
            return reach > to_edge;
        }))
        widen(reach);
    d_is_weak = d_decisions.applies(decisions::VOICE, [&] {
        if (!(d_carrier.power > LINE_SHARE * excess_of(p, d_first, d_last)))
            return false;
        reach = reach_of_weak_side_bands(p, d_carrier, d_foreign);
        return reach > 0;
    });
    if (d_is_weak)
        widen(reach);
}

// A line would leave weak side bands no share of the power.
double occupied_band::counted(int bin) const
{
    const bool is_line = std::abs(2 * bin - d_carrier.twice) <= 2 * LINE_REACH;
    return d_is_weak && is_line ? 0.0 : power_of(bin);
}

double occupied_band::place_of(double share) const
{
    double all = 0.0, cumulated = 0.0;
    for (int i = d_first; i <= d_last; i++)
        all += counted(i);
    for (int i = d_first; i <= d_last; i++) {
        const double here = counted(i);
        if (cumulated + here >= share * all)
            return i + (share * all - cumulated) / std::max(here, 1e-12);
        cumulated += here;
    }
    return d_last + 1.0;
}

// Width of a band that is seen to be so wide, Hz. The window widens what is narrow by
// about two bins, and resolves no less. That leaves too much of a few lines: a flat band
// with the variance, in bins, that the power has without the window is as wide as these,
// or somewhat wider.
double own_width(double seen, double bin_hz, double variance, const decisions& d)
{
    const double blur = 2.0 * bin_hz;
    const double own =
        std::max(std::sqrt(std::max(0.0, seen * seen - blur * blur)), blur);
    if (seen >= MOST_LINE_BINS * bin_hz)
        return own;
    const double without = std::max(0.0, variance - WINDOW_VARIANCE);
    const double lines = std::max(std::sqrt(12.0 * without), LINE_BINS) * bin_hz;
    return d.applies(decisions::FEW_LINES, [&] { return lines < own; }) ? lines : own;
}

} // namespace

burst_fit::band_fit burst_fit::fit_band(const box& b, const neighbours& others) const
{
    const double margin = std::max(SPILL_WIDTHS * b.width(), SPILL_HZ);
    auto p = measure(b, b.lower - margin, b.upper + margin);
    auto foreign = leave_out(p, others, lines_among(others, b), d_decisions);
    const spectrogram& s = *p.source;
    const int n = static_cast<int>(p.excess.size());
    const int from = std::clamp(s.bin_at(b.lower) - p.first_bin, 0, n - 1);
    const int to = std::clamp(s.bin_at(b.upper) - p.first_bin, from, n - 1);
    const occupied_band band(p, foreign, from, to, d_decisions);
    double sum = 0.0, squares = 0.0, moment = 0.0, second_moment = 0.0;
    for (int i = band.first(); i <= band.last(); i++) {
        const double power = band.power_of(i), place = i - band.first();
        sum += power;
        squares += power * power;
        moment += power * place;
        second_moment += power * place * place;
    }
    band_fit fit{ b, skirt(b.lower, b.upper, 0.0) };
    fit.has_weak_side_bands = band.has_weak_side_bands();
    fit.effective_width = squares > 0.0 ? sum * sum / squares * s.bin_hz() : b.width();
    if (sum <= 0.0) {
        fit.is_empty = true;
        return fit;
    }
    box& fitted = fit.where;
    const double level = sum / (band.last() - band.first() + 1);
    fitted.lower = s.lower_edge(p.first_bin + band.place_of(BAND_SHARE));
    fitted.upper = s.lower_edge(p.first_bin + band.place_of(1.0 - BAND_SHARE));
    const double seen = fitted.width(), middle = moment / sum;
    const double too_wide =
        seen -
        own_width(seen, s.bin_hz(), second_moment / sum - middle * middle, d_decisions);
    fitted.lower += 0.5 * too_wide;
    fitted.upper -= 0.5 * too_wide;
    fit.seen_lower = s.lower_edge(p.first_bin + band.first());
    fit.seen_upper = s.lower_edge(p.first_bin + band.last() + 1);
    fit.spill = measure_skirt(p, foreign, fit, level);
    fit.shape = std::make_shared<band_shape>(band_shape{ fitted,
                                                         s.lower_edge(p.first_bin),
                                                         s.bin_hz(),
                                                         p.looks,
                                                         std::move(p.excess),
                                                         std::move(foreign) });
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
            if (!foreign[i]) {
                const double here = std::max<double>(smooth[i], 0.0);
                // Skirts fall, but for side bands; what else rises is another signal.
                const double at = s.lower_edge(p.first_bin + i);
                const bool is_own = d_decisions.applies(decisions::OWN_RISE, [&] {
                    return at >= fit.seen_lower && at < fit.seen_upper;
                });
                most = std::min(is_own ? level : most, LOBE_MARGIN * here);
                if (is_own)
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
