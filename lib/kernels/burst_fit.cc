/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "burst_fit.h"
#include "cell_map.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr double PAUSE_PRODUCT = 100.0; // longest pause within a burst, in 1 / width
constexpr double LEAST_PULSE_S = 250e-6;
constexpr double PULSE_PRODUCT =
    12.0; // pulses of a keyed carrier are shorter, in 1 / width,
constexpr double KEYED_PAUSE_S = 0.01; // and its pauses last up to this
constexpr double VOICE_HZ = 4000.0;    // narrower: pauses of speech do not end a burst
constexpr double VOICE_PAUSE_S = 0.5;
constexpr double LEAST_PAUSE_S = 400e-6;
constexpr double LONGEST_PAUSE_S = 1.0;
constexpr double ROWS_FOR_BAND = 3; // of a resolution that a burst must last to use it
constexpr double BINS_FOR_TIME = 3; // of a resolution that a band must have to use it
constexpr double ROW_PROBABILITY = 1e-5; // that noise looks like a burst in a row
constexpr double LONGEST_SMOOTHING_S = 0.2;
constexpr double LEAST_EXCESS = 0.5; // of the floor: half is where a band ends
constexpr double DYNAMIC = 1e-5;     // of the peak: what lies below is skirt
constexpr double SIGMAS = 3.5;
constexpr double LEAST_SPLIT_S = 0.006; // shorter bursts are one signal
constexpr double WIDE_HZ = 100e3;
constexpr double LEAST_WIDE_SPLIT_S = 0.0004; // of wider bands
constexpr double LOBE_HZ = 4000.0;            // skirts are smoothed over, at most
constexpr double GAP_HZ = 20e3;               // within a band, at most, beyond a box
constexpr size_t LEAST_KEYED_ROWS = 20;
constexpr double LEAST_KEYED_LEVEL = 5.0;
constexpr double KEYED_OFF = 0.33;  // of the time, at least, without power
constexpr double MOST_SEEN = 1.5;   // of the band that holds 99 %
constexpr double WEAK_LEVEL = 40.0; // mean excess of a keyed carrier that is widened
constexpr double MOST_WIDENING = 4.0;
constexpr double VALLEY = 0.1;     // of the peaks on both sides: between two signals
constexpr double RISE = 0.1;       // the same, beyond the edge of a band
constexpr double LOBE_RATIO = 5.0; // of the peaks of a signal and its side lobe
constexpr double LOBE_GAP_HZ = 10e3;
constexpr double LOBE_WIDTH = 0.25;           // of the signal, at most
constexpr double TOGETHER_HZ = 20e3;          // between what begins and ends together
constexpr double MOST_SHIFT_HZ = 30e3;        // from tone to tone of a keyed signal
constexpr double SPILL_WIDTHS = 1.5;          // searched on each side of a box
constexpr double SPILL_HZ = 20e3;             // and so far at least
constexpr double LOBE_REACH = 0.1;            // of the width: here side lobes may rise
constexpr double LOBE_LEVEL = 0.15;           // of the signal, at most
constexpr double LOBE_MARGIN = 2.0;           // a skirt may be so much above its mean
constexpr double BAND_SHARE = 0.005;          // of the power outside each edge
constexpr double WINDOW_VARIANCE = 1.0 / 3.0; // of the power of a Hann window, in bins^2
constexpr double LINE_BINS = 3.0; // a single line may be measured to be so wide
constexpr double MOST_LINE_BINS =
    6.5;                           // what is seen to be wider has no error of the window
constexpr double TONES_BINS = 2.5; // between tones that rows tell apart
constexpr double COMPLEMENT =
    -0.5;                          // correlation of the powers of two tones of one signal
constexpr double MOST_STAY = 20.0; // on a tone, in 1 / its width
constexpr size_t LEAST_TONE_ROWS = 100;

// Bins to smooth over, so that noise of `looks` values a bin stays below half of the
// floor.
int bins_for(double looks, int most)
{
    return std::clamp(static_cast<int>(std::ceil(25.0 * SIGMAS / (looks * 0.51) / 2.0)),
                      1,
                      std::max(1, most));
}

std::vector<float> boxcar(const std::vector<float>& x, int width)
{
    if (width <= 1)
        return x;
    const int n = static_cast<int>(x.size()), before = width / 2, after = width - before;
    std::vector<double> sum(n + 1, 0.0);
    for (int i = 0; i < n; i++)
        sum[i + 1] = sum[i] + x[i];
    std::vector<float> y(n);
    for (int i = 0; i < n; i++) {
        const int a = std::max(0, i - before), b = std::min(n, i + after);
        y[i] = static_cast<float>((sum[b] - sum[a]) / (b - a));
    }
    return y;
}

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

// Two powers over time.
struct comparison {
    double correlation;
    int changes; // of which is the larger one, each by its own mean
};

comparison compare(const std::vector<float>& x, const std::vector<float>& y)
{
    const auto n = static_cast<double>(x.size());
    const double mx = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double my = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xx = 1e-30, yy = 1e-30, xy = 0.0;
    int changes = 0;
    bool was_first = false;
    for (size_t i = 0; i < x.size(); i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
        const bool is_first = x[i] * my > y[i] * mx;
        changes += is_first != was_first;
        was_first = is_first;
    }
    return { xy / std::sqrt(xx * yy), changes };
}

} // namespace

void skirt::set(bool is_upper, const std::vector<float>& excess, double bin_hz)
{
    std::vector<double> sum{ 0.0 };
    for (float v : excess)
        sum.push_back(sum.back() + v * bin_hz);
    auto& side = d_side[is_upper];
    side.clear();
    for (int k = 0; k <= KNOTS; k++) {
        const double at = d_reach * k * k / (KNOTS * KNOTS) / bin_hz;
        const auto i = std::min<size_t>(static_cast<size_t>(at), sum.size() - 1);
        const size_t next = std::min(i + 1, sum.size() - 1);
        side.push_back(static_cast<float>(
            sum[i] + std::min(1.0, at - static_cast<double>(i)) * (sum[next] - sum[i])));
    }
}

double skirt::integral(const std::vector<float>& side, double distance) const
{
    if (side.empty() || distance <= 0.0)
        return 0.0;
    const double at = KNOTS * std::sqrt(std::min(1.0, distance / d_reach));
    const int k = std::min(KNOTS - 1, static_cast<int>(at));
    const double from = d_reach * k * k / (KNOTS * KNOTS);
    const double to = d_reach * (k + 1) * (k + 1) / (KNOTS * KNOTS);
    return side[k] +
           (side[k + 1] - side[k]) * std::min(1.0, (distance - from) / (to - from));
}

double skirt::over(double lower, double upper) const
{
    return integral(d_side[0], d_lower - lower) - integral(d_side[0], d_lower - upper) +
           integral(d_side[1], upper - d_upper) - integral(d_side[1], lower - d_upper);
}

burst_fit::burst_fit(double rate, const spectrograms& all, const bin_noise& noise)
    : d_rate(rate),
      d_all(all),
      d_noise(noise)
{
}

double burst_fit::longest_pause_s(double width, double pulse_s, double effective_width)
{
    double pause = std::clamp(PAUSE_PRODUCT / width, LEAST_PAUSE_S, LONGEST_PAUSE_S);
    if (width < VOICE_HZ)
        pause = std::max(pause, VOICE_PAUSE_S);
    if (pulse_s > LEAST_PULSE_S && pulse_s * effective_width < PULSE_PRODUCT)
        pause = std::max(pause, KEYED_PAUSE_S);
    return pause;
}

// The finest in time whose bins the band holds some of.
const spectrogram& burst_fit::for_time(double width) const
{
    for (const auto& s : d_all)
        if (width >= BINS_FOR_TIME * s->bin_hz() && s->end() > 0)
            return *s;
    for (auto s = d_all.rbegin(); s != d_all.rend(); ++s)
        if ((*s)->end() > 0 && (*s)->bin_hz() > 100.0)
            return **s;
    return *d_all.front();
}

// The finest in frequency whose rows the burst holds some of.
const spectrogram& burst_fit::for_band(const box& b) const
{
    for (auto s = d_all.rbegin(); s != d_all.rend(); ++s)
        if (b.duration() >= ROWS_FOR_BAND * static_cast<double>((*s)->hop()) &&
            (*s)->end() > 0)
            return **s;
    return *d_all.front();
}

burst_fit::profile burst_fit::measure(const box& b, double lower, double upper) const
{
    const spectrogram& s = for_band(b);
    profile p;
    p.source = &s;
    p.first_bin = s.bin_at(lower);
    const int n = s.bin_at(upper) + 1 - p.first_bin;
    // Rows that lie within, or the nearest one.
    const double half = 0.25 * s.size();
    uint64_t first = s.row_at(b.start + half), end = s.row_at(b.end - half) + 1;
    if (end <= first)
        end = (first = s.row_at(0.5 * (b.start + b.end))) + 1;
    std::vector<float> sum(n, 0.0f);
    for (uint64_t r = first; r < end; r++) {
        const float* row = s.row(r) + p.first_bin;
        for (int i = 0; i < n; i++)
            sum[i] += row[i];
    }
    const double rows = static_cast<double>(end - first);
    p.looks = independent_rows(rows);
    p.excess.resize(n);
    const float* noise = d_noise.of(s).data() + p.first_bin;
    for (int i = 0; i < n; i++)
        p.excess[i] = static_cast<float>(sum[i] / rows / noise[i] - 1.0);
    return p;
}

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
    // shows more than its band; then nothing is missing.
    const double visible = (hi - lo + 1) * s.bin_hz();
    const double beyond = 0.5 * threshold * visible; // power on each side of what is seen
    if (visible < MOST_SEEN * fitted.width() && sum < WEAK_LEVEL * (hi - lo + 1))
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
    const double middle = 0.5 * (b.lower + b.upper);
    b.lower = middle - 0.5 * width;
    b.upper = middle + 0.5 * width;
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

std::vector<float> burst_fit::row_powers(
    const spectrogram& s, double lower, double upper, uint64_t first, uint64_t end) const
{
    const int from = s.bin_at(lower), to = std::max(from, s.bin_at(upper - 1e-6)) + 1;
    std::vector<float> inverse(to - from);
    const auto& noise = d_noise.of(s);
    for (int i = from; i < to; i++)
        inverse[i - from] = 1.0f / (noise[i] * static_cast<float>(to - from));
    std::vector<float> y;
    for (uint64_t r = first; r < end; r++) {
        const float* row = s.row(r) + from;
        float sum = 0.0f;
        for (int i = 0; i < to - from; i++)
            sum += row[i] * inverse[i];
        y.push_back(sum - 1.0f);
    }
    return y;
}

burst_fit::strength burst_fit::measure_strength(const box& b) const
{
    const auto p = measure(b, b.lower, b.upper - 1e-6);
    const float* noise = d_noise.of(*p.source).data() + p.first_bin;
    double excess = 0.0, power = 0.0;
    for (size_t i = 0; i < p.excess.size(); i++) {
        excess += p.excess[i];
        power += p.excess[i] * noise[i];
    }
    return { excess / static_cast<double>(p.excess.size()), power * p.source->bin_hz() };
}

burst_fit::envelope burst_fit::fit_times(const box& b,
                                         double before,
                                         double after,
                                         double level,
                                         double known_pause,
                                         double effective_width) const
{
    const spectrogram& s = for_time(b.width());
    envelope result{ {}, level, 0.0, 1e3, false };
    if (s.end() == 0)
        return result;
    const uint64_t first = s.row_at(b.start - before), end = s.row_at(b.end + after) + 1;
    const auto y = row_powers(s, b.lower, b.upper, first, end);
    const int n = static_cast<int>(y.size());
    const auto at = [&](uint64_t r) {
        return static_cast<int>(
            std::clamp<int64_t>(int64_t(r) - int64_t(first), 0, n - 1));
    };
    if (!(level > 0.0)) { // the mean of the louder half within the box
        std::vector<float> inside(y.begin() + at(s.row_at(b.start)),
                                  y.begin() + at(s.row_at(b.end)) + 1);
        level = level_of(inside, independent_bins(std::max(1.0, b.width() / s.bin_hz())));
        result.level = level;
    }
    if (!(level > 0.0))
        return result;
    const double bins = independent_bins(std::max(1.0, b.width() / s.bin_hz()));
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
    double pulse_s = 1e3; // unknown, long
    if (!runs.empty()) {
        std::nth_element(runs.begin(), runs.begin() + runs.size() / 2, runs.end());
        pulse_s = runs[runs.size() / 2] * s.row_s();
    }
    result.pulse_s = pulse_s;
    result.has_paused = !runs.empty();
    const double pause = std::max(
        known_pause > 0.0
            ? known_pause / static_cast<double>(s.hop())
            : longest_pause_s(b.width(), pulse_s, std::min(effective_width, b.width())) /
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
        if (rows == 1) { // between rows: where the level crosses half
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

// Whether two bands are tones of one signal: where one has power, the other has none.
bool burst_fit::alternate(const box& a, const box& b) const
{
    const double apart = 0.5 * std::abs(a.lower + a.upper - b.lower - b.upper);
    const auto s = std::find_if(d_all.begin(), d_all.end(), [&](const auto& one) {
        return apart > TONES_BINS * one->bin_hz() && one->end() > 0;
    });
    if (s == d_all.end())
        return false;
    const uint64_t first = (*s)->row_at(std::min(a.start, b.start) + (*s)->size());
    const uint64_t end = (*s)->row_at(std::max(a.end, b.end) - (*s)->size());
    if (end < first + LEAST_TONE_ROWS)
        return false;
    const auto x = row_powers(**s, a.lower, a.upper, first, end);
    const auto y = row_powers(**s, b.lower, b.upper, first, end);
    const auto [correlation, changes] = compare(x, y);
    // What stays on for many symbols is a signal of its own: slots of two stations, say.
    const double stay_s = static_cast<double>(x.size()) * (*s)->row_s() / (changes + 1);
    return correlation < COMPLEMENT &&
           stay_s * std::min(a.width(), b.width()) < MOST_STAY;
}

// Two bands belong to one signal if they begin and end together, or follow each other.
bool burst_fit::go_together(const part& p, const part& q) const
{
    const box &a = p.where, &b = q.where;
    const double margin = std::max(0.5 * a.duration(), 3.0 * for_time(a.width()).size());
    const auto ea = fit_times(a, margin, margin), eb = fit_times(b, margin, margin);
    if (ea.bursts.empty() || eb.bursts.empty())
        return true;
    const double starts = std::abs(ea.bursts.front().start - eb.bursts.front().start);
    const double ends = std::abs(ea.bursts.back().end - eb.bursts.back().end);
    if (alternate(a, b))
        return true;
    const auto& rows = for_time(a.width());
    const double tolerance =
        std::max(0.1 * a.duration(), std::min(0.004 * d_rate, 2.0 * rows.size()));
    const double from =
        std::max(a.start - margin, rows.middle(static_cast<double>(rows.begin())));
    const double to =
        std::min(a.end + margin, rows.middle(static_cast<double>(rows.end() - 1)));
    const bool start_seen = ea.bursts.front().start > from + 2.0 * rows.size();
    const bool end_seen = ea.bursts.back().end < to - 2.0 * rows.size();
    if (starts > tolerance || ends > tolerance)
        return false;
    const double apart = std::max(a.lower, b.lower) - std::min(a.upper, b.upper);
    const double narrow = std::min(a.width(), b.width());
    const double wide = std::max(a.width(), b.width());
    if (start_seen && end_seen)
        return apart < std::max(3.0 * narrow, TOGETHER_HZ);
    if (start_seen || end_seen)
        return apart < 3.0 * narrow;
    const double levels = std::max(p.peak, q.peak) / std::min(p.peak, q.peak);
    const double weak = p.peak < q.peak ? a.width() : b.width();
    const bool is_lobe = levels > LOBE_RATIO && weak < LOBE_WIDTH * wide &&
                         apart < std::min(0.1 * wide, LOBE_GAP_HZ);
    const bool is_tone = levels < LOBE_RATIO && wide < 2.0 * narrow && apart > wide &&
                         apart + wide < MOST_SHIFT_HZ;
    return apart < 0.25 * narrow || is_lobe || is_tone;
}

// Bands above a threshold; one that has a valley is two, each as far as a tenth of its
// peak.
std::vector<burst_fit::part> burst_fit::ridges(const box& b) const
{
    const auto p = measure(b, b.lower, b.upper);
    const spectrogram& s = *p.source;
    const int n = static_cast<int>(p.excess.size());
    const int width = bins_for(p.looks, n / 8);
    const auto smooth = boxcar(p.excess, width);
    const double peak = *std::max_element(smooth.begin(), smooth.end());
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const double threshold = std::max({ LEAST_EXCESS, DYNAMIC * peak, SIGMAS * sigma });
    std::vector<part> found;
    const auto add = [&](int first, int last, bool lower_valley, bool upper_valley) {
        const double most =
            *std::max_element(smooth.begin() + first, smooth.begin() + last + 1);
        while (lower_valley && smooth[first] < VALLEY * most)
            first++;
        while (upper_valley && smooth[last] < VALLEY * most)
            last--;
        found.push_back({ { b.start,
                            b.end,
                            s.lower_edge(p.first_bin + first),
                            s.lower_edge(p.first_bin + last + 1) },
                          most });
    };
    for (int i = 0; i < n;) {
        if (!(smooth[i] > threshold)) {
            i++;
            continue;
        }
        int first = i, last = i, lowest = i;
        double most = smooth[i];
        bool after_valley = false;
        for (; i < n && i - last <= std::max(3, width + 1); i++) {
            if (smooth[i] > threshold)
                last = i;
            if (smooth[i] < smooth[lowest])
                lowest = i;
            const double least = std::max<double>(smooth[lowest], LEAST_EXCESS);
            if (smooth[i] * VALLEY > least && most * VALLEY > least) {
                add(first, lowest, after_valley, true);
                after_valley = true;
                first = lowest = i;
                while (first > 0 && smooth[first - 1] < smooth[first])
                    first--;
                most = smooth[i];
            }
            if (smooth[i] >= most) {
                most = smooth[i];
                lowest = i;
            }
        }
        add(first, last, after_valley, false);
    }
    return found;
}

std::vector<box> burst_fit::split(const box& b) const
{
    if (b.duration() <
        (b.width() < WIDE_HZ ? LEAST_SPLIT_S : LEAST_WIDE_SPLIT_S) * d_rate)
        return { b }; // two signals that begin and end together are rare
    std::vector<part> parts;
    for (const auto& ridge : ridges(b)) {
        if (!parts.empty() && go_together(parts.back(), ridge)) {
            parts.back().where.upper = ridge.where.upper;
            parts.back().peak = std::max(parts.back().peak, ridge.peak);
        } else {
            parts.push_back(ridge);
        }
    }
    if (parts.size() < 2)
        return { b };
    // The strongest first: others may turn out to be pieces of it.
    std::stable_sort(parts.begin(), parts.end(), [](const part& p, const part& q) {
        return p.peak * p.where.width() > q.peak * q.where.width();
    });
    std::vector<box> boxes;
    for (const auto& p : parts)
        boxes.push_back(p.where);
    return boxes;
}

} // namespace rfattn
} // namespace gr
