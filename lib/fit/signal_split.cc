/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "signal_split.h"
#include "base/boxcar.h"
#include "burst_fit.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double TOGETHER_HZ = 20e3; // most gap of narrow bands that go together
constexpr size_t MOST_TONES = 12;    // the strongest parts, each compared with each

} // namespace

// Two bands side by side belong to one signal if they begin and end together.
bool burst_fit::go_together(const part& p, const part& q) const
{
    const box &a = p.where, &b = q.where;
    const timing t = compare_times(a, b);
    const auto applies = [&](decisions::name n, bool is_true) {
        return d_decisions.applies(n, [&] { return is_true; });
    };
    if (applies(decisions::UNTIMED, !t.is_known))
        return true;
    const double tolerance =
        std::max(0.1 * a.duration(), std::min(0.004 * d_rate, 2.0 * t.row));
    if (t.starts > tolerance || t.ends > tolerance)
        return false;
    const double apart = apart_hz(a, b), narrow = std::min(a.width(), b.width());
    const double reach = t.start_seen && t.end_seen ? TOGETHER_HZ : 0.0;
    if (t.start_seen || t.end_seen)
        return applies(decisions::SAME_TIME, apart < std::max(3.0 * narrow, reach));
    return applies(decisions::LIKE_TONES, look_like_tones(p, q));
}

std::vector<ridge> find_ridges(const std::vector<float>& excess,
                               double threshold,
                               int gap,
                               const decisions& d)
{
    const int n = static_cast<int>(excess.size());
    std::vector<ridge> found;
    const auto add = [&](int first, int last, bool lower_valley, bool upper_valley) {
        const double most =
            *std::max_element(excess.begin() + first, excess.begin() + last + 1);
        while (lower_valley && excess[first] < CORE * most)
            first++;
        while (upper_valley && excess[last] < CORE * most)
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
                if (d.applies(decisions::VALLEY, [&] {
                        return excess[i] * CORE > least && most * CORE > least;
                    })) {
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
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const double faint = FAINT * *std::max_element(smooth.begin(), smooth.end());
    double threshold = std::max(LEAST_EXCESS, SIGMAS * sigma);
    if (d_decisions.applies(decisions::FAINT, [&] { return faint > threshold; }))
        threshold = faint;
    std::vector<part> found;
    const auto band = [&](int first, int last) {
        return box{ b.start,
                    b.end,
                    s.lower_edge(p.first_bin + first),
                    s.lower_edge(p.first_bin + last + 1) };
    };
    for (const ridge& r :
         find_ridges(smooth, threshold, std::max(3, width + 1), d_decisions)) {
        int first = r.first, last = r.last;
        while (smooth[first] < CORE * r.peak)
            first++;
        while (smooth[last] < CORE * r.peak)
            last--;
        found.push_back({ band(r.first, r.last), r.peak, band(first, last) });
    }
    return found;
}

void burst_fit::join(part& p, const part& q)
{
    widen(p.where, q.where);
    if (q.peak > p.peak) {
        p.peak = q.peak;
        p.core = q.core;
    }
}

// Joins the tones of a signal that others lie between: a line at 0 Hz, or what the keying
// spills.
void burst_fit::join_tones(std::vector<part>& parts) const
{
    std::stable_sort(parts.begin(), parts.end(), [](const part& p, const part& q) {
        return p.peak > q.peak;
    });
    for (size_t i = 0; i < std::min(parts.size(), MOST_TONES); i++)
        for (size_t k = i + 1; k < std::min(parts.size(), MOST_TONES);) {
            if (are_tones(parts[i], parts[k])) {
                join(parts[i], parts[k]);
                parts.erase(parts.begin() + static_cast<long>(k));
                k = i + 1;
            } else {
                k++;
            }
        }
}

std::vector<box> burst_fit::split(const box& b) const
{
    std::vector<part> parts;
    for (const auto& ridge : ridges(b)) {
        if (!parts.empty() && go_together(parts.back(), ridge))
            join(parts.back(), ridge);
        else
            parts.push_back(ridge);
    }
    join_pulses(parts);
    join_tones(parts);
    if (!d_decisions.applies(decisions::SPLIT, [&] { return parts.size() > 1; }))
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
