/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "signal_split.h"
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

constexpr double LEAST_SPLIT_S = 0.006;       // shorter bursts are one signal
constexpr double LEAST_WIDE_SPLIT_S = 0.0004; // of wider bands
constexpr double VALLEY = 0.1;     // of the peaks on both sides: between two signals
constexpr double LOBE_RATIO = 5.0; // of the peaks of a signal and its side lobe
constexpr double LOBE_GAP_HZ = 10e3;
constexpr double LOBE_WIDTH = 0.25;  // of the signal, at most
constexpr double TOGETHER_HZ = 20e3; // between what begins and ends together
constexpr double TONES_BINS = 2.5;   // between tones that rows tell apart
constexpr double COMPLEMENT = -0.5;  // correlation of powers of two tones of a signal
constexpr double MOST_STAY = 20.0;   // on a tone, in 1 / its width
constexpr size_t LEAST_TONE_ROWS = 100;

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

// Whether two bands are tones of one signal: where one has power, the other has none.
bool burst_fit::alternate(const box& a, const box& b, double most_correlation) const
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
    return correlation < most_correlation &&
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
    if (alternate(a, b, COMPLEMENT))
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

std::vector<ridge>
find_ridges(const std::vector<float>& excess, double threshold, int gap)
{
    const int n = static_cast<int>(excess.size());
    std::vector<ridge> found;
    const auto add = [&](int first, int last, bool lower_valley, bool upper_valley) {
        const double most =
            *std::max_element(excess.begin() + first, excess.begin() + last + 1);
        while (lower_valley && excess[first] < VALLEY * most)
            first++;
        while (upper_valley && excess[last] < VALLEY * most)
            last--;
        found.push_back({ first, last, most });
    };
    for (int i = 0; i < n;) {
        if (!(excess[i] > threshold)) {
            i++;
            continue;
        }
        int first = i, last = i, lowest = i;
        double most = excess[i];
        bool after_valley = false;
        for (; i < n && i - last <= gap; i++) {
            if (excess[i] < excess[lowest])
                lowest = i;
            const double least = std::max<double>(excess[lowest], LEAST_EXCESS);
            if (excess[i] > threshold) {
                last = i;
                if (excess[i] * VALLEY > least && most * VALLEY > least) {
                    add(first, lowest, after_valley, true);
                    after_valley = true;
                    first = lowest = i;
                    while (first > 0 && excess[first - 1] < excess[first])
                        first--;
                    most = excess[i];
                }
            }
            if (excess[i] >= most) {
                most = excess[i];
                lowest = i;
            }
        }
        add(first, last, after_valley, false);
    }
    return found;
}

std::vector<burst_fit::part> burst_fit::ridges(const box& b) const
{
    const auto p = measure(b, b.lower, b.upper);
    const spectrogram& s = *p.source;
    const int width = bins_for(p.looks, static_cast<int>(p.excess.size()) / 8);
    const auto smooth = boxcar(p.excess, width);
    const double peak = *std::max_element(smooth.begin(), smooth.end());
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const double threshold = std::max({ LEAST_EXCESS, DYNAMIC * peak, SIGMAS * sigma });
    std::vector<part> found;
    for (const ridge& r : find_ridges(smooth, threshold, std::max(3, width + 1)))
        found.push_back({ { b.start,
                            b.end,
                            s.lower_edge(p.first_bin + r.first),
                            s.lower_edge(p.first_bin + r.last + 1) },
                          r.peak });
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
