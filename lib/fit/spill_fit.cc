/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Whether a weak band has power only while a strong one has: then the strong one's
// transmitter, or the receiver, spills it.

#include "burst_fit.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LEAST_PULSES = 3; // fewer may come together by chance
constexpr size_t LEAST_ROWS = 8;   // least number with the strong one and without
// From the least power of the strong one to its most.
constexpr double ON = 0.2, OFF = 0.02;
constexpr double STRONG_RATIO = 20.0; // least ratio of its most power to its least
constexpr double WEAK_OFF = 0.1;    // most level without the strong one, of that with it
constexpr double LEAST_SHARE = 0.6; // least share of the pulses
constexpr double NOISE_SIGMAS = 4.0;

struct mean {
    double sum = 0.0;
    size_t count = 0;

    void add(float value)
    {
        sum += value;
        count++;
    }
    double value() const { return sum / static_cast<double>(std::max<size_t>(1, count)); }
};

using runs = std::vector<std::pair<size_t, size_t>>; // first row, and one past the last

template <typename test>
runs find_runs(const std::vector<float>& rows, test is_in)
{
    runs found;
    for (size_t i = 0; i < rows.size(); i++) {
        const size_t first = i;
        while (i < rows.size() && is_in(rows[i]))
            i++;
        if (i > first)
            found.emplace_back(first, i);
    }
    return found;
}

size_t count_rows(const runs& all)
{
    size_t rows = 0;
    for (const auto& [first, end] : all)
        rows += end - first;
    return rows;
}

mean mean_in(const runs& all, const std::vector<float>& rows)
{
    mean found;
    for (const auto& [first, end] : all)
        for (size_t i = first; i < end; i++)
            found.add(rows[i]);
    return found;
}

// When a strong signal is on the air, and when it is not.
struct keying {
    runs pulses, silences; // these without the rows beside others

    explicit keying(const std::vector<float>& strong);

    // Whether there are enough of both.
    bool is_clear() const
    {
        return pulses.size() >= LEAST_PULSES &&
               std::min(count_rows(pulses), count_rows(silences)) >= LEAST_ROWS;
    }

    // Whether a weak band is on with it, and only then. \param bins independent ones that
    // a row of it is a mean over
    bool keys(const std::vector<float>& weak, double bins) const;
};

keying::keying(const std::vector<float>& strong)
{
    const size_t n = strong.size();
    const auto rank = [n](double q) {
        return static_cast<long>(q * static_cast<double>(n - 1));
    };
    // Most signals are on too seldom, which counting finds sooner than sorting.
    const auto is_loud = [](float value) { return value >= STRONG_RATIO; };
    if (std::count_if(strong.begin(), strong.end(), is_loud) <
        static_cast<long>(n) - rank(0.9))
        return;
    auto sorted = strong;
    const auto high = sorted.begin() + rank(0.9), low = sorted.begin() + rank(0.1);
    std::nth_element(sorted.begin(), high, sorted.end());
    std::nth_element(sorted.begin(), low, high);
    const float least = *low, most = *high;
    if (most < STRONG_RATIO * std::max(least, 1.0f))
        return;
    const auto on = static_cast<float>(least + ON * (most - least));
    const auto off = static_cast<float>(least + OFF * (most - least));
    pulses = find_runs(strong, [on](float value) { return value > on; });
    for (auto [first, end] :
         find_runs(strong, [off](float value) { return value < off; })) {
        first += first > 0;
        end -= end < n;
        if (first < end)
            silences.emplace_back(first, end);
    }
}

bool keying::keys(const std::vector<float>& weak, double bins) const
{
    const mean with = mean_in(pulses, weak), without = mean_in(silences, weak);
    const auto noise = [bins](const mean& m) {
        return NOISE_SIGMAS /
               std::sqrt(bins * independent_rows(static_cast<double>(m.count)));
    };
    const double level = with.value();
    if (level < noise(with) || without.value() > WEAK_OFF * level + noise(without))
        return false;
    const auto is_filled = [&](const auto& pulse) {
        const size_t first = pulse.first - (pulse.first > 0);
        const size_t end = std::min(pulse.second + 1, weak.size()); // its edges count
        return mean_in({ { first, end } }, weak).value() > ON * level;
    };
    return static_cast<double>(std::count_if(pulses.begin(), pulses.end(), is_filled)) >=
           LEAST_SHARE * static_cast<double>(pulses.size());
}

} // namespace

double burst_fit::forgotten() const
{
    const auto& s = *d_all.front();
    return s.middle(static_cast<double>(s.begin()));
}

bool burst_fit::comes_with(const box& weak, const box& strong, neighbours others) const
{
    const auto& s = *d_all.front();
    if (s.end() == 0 || !(weak.duration() > 0.0))
        return false;
    const uint64_t first = s.row_at(weak.start - AROUND_S * d_rate);
    const uint64_t end = s.row_at(weak.end + AROUND_S * d_rate) + 1;
    const keying k(row_powers(s, strong.lower, strong.upper, first, end));
    if (!k.is_clear())
        return false;
    others.push_back({ strong.lower, strong.upper, {}, 0.0 });
    const auto left_out = bins_filled(s, weak, others);
    const auto kept = std::count(left_out.begin(), left_out.end(), false);
    return kept > 0 && k.keys(row_powers(s, weak.lower, weak.upper, first, end, left_out),
                              independent_bins(static_cast<double>(kept)));
}

} // namespace rfattn
} // namespace gr
