/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Lines that pulse at once are one wide signal: LTE without data sends reference symbols
// on every third or sixth subcarrier, and nothing between.

#include "base/row_power.h"
#include "burst_fit.h"
#include "fit_limits.h"

#include <algorithm>
#include <functional>

namespace gr {
namespace rfattn {

namespace {

constexpr int LEAST_LINES = 8; // least number of lines of a signal
constexpr int NEAR_LINES = 8;  // lines on each side that a line is compared with
constexpr double LEAST_CORRELATION = 0.4; // least correlation with the lines beside
constexpr double LEAST_ALIKE = 0.25;      // least share of lines beside that are alike
constexpr double MOST_GAP_HZ = 400e3;     // most gap between lines of one signal
constexpr double LONGEST_PULSE_S = 0.002; // mean, from one to the next

void add_to(row_power& sum, const row_power& x)
{
    std::transform(sum.begin(), sum.end(), x.begin(), sum.begin(), std::plus<>());
}

// Leaves out what lies before and behind the time that the lines are on the air: that
// they begin and end together makes them no signal.
void trim(std::vector<row_power>& lines)
{
    row_power sum(lines.front().size(), 0.0f);
    for (const auto& x : lines) {
        const auto scale = static_cast<float>(1.0 / std::max(1e-30, level_of(x)));
        for (size_t i = 0; i < x.size(); i++)
            sum[i] += scale * x[i];
    }
    const auto least = static_cast<float>(ON_AIR * level_of(sum));
    const auto is_on = [&](float value) { return value > least; };
    const auto first = std::find_if(sum.begin(), sum.end(), is_on) - sum.begin();
    const auto end = sum.rend() - std::find_if(sum.rbegin(), sum.rend(), is_on);
    for (auto& x : lines)
        x = row_power(x.begin() + std::min(first, end), x.begin() + end);
}

// Lines by frequency, with their power over time.
struct line_list {
    std::vector<box> bands;
    std::vector<row_power> powers;
    double apart; // Hz: nearer ones leak into each other's rows

    int size() const { return static_cast<int>(bands.size()); }
    double n_rows() const { return static_cast<double>(powers.front().size()); }

    void add(const box& band, row_power power)
    {
        bands.push_back(band);
        powers.push_back(std::move(power));
    }

    // Sum of the nearest ones on one side of a line, without those that leak into it.
    row_power beside(int line, int step) const
    {
        row_power sum(powers.front().size(), 0.0f);
        int n = 0;
        for (int i = line + step; i >= 0 && i < size() && n < NEAR_LINES; i += step)
            if (apart_hz(bands[i], bands[line]) > apart) {
                add_to(sum, powers[i]);
                n++;
            }
        return sum;
    }

    bool is_like_others(int line) const
    {
        return std::max(correlation(powers[line], beside(line, -1)),
                        correlation(powers[line], beside(line, 1))) > LEAST_CORRELATION;
    }

    // How often the sum of the lines from `first` to before `last` rises above its mean.
    int pulses(int first, int last) const
    {
        row_power sum(powers.front().size(), 0.0f);
        for (int i = first; i < last; i++)
            add_to(sum, powers[i]);
        int n = 0;
        for (size_t i = 1; i < sum.size(); i++)
            n += sum[i - 1] <= 0.0f && sum[i] > 0.0f;
        return n;
    }

    // Whether another signal begins with a line.
    bool begins_another(int line) const
    {
        return apart_hz(bands[line], bands[line - 1]) > MOST_GAP_HZ ||
               correlation(beside(line, -1), beside(line - 1, 1)) < LEAST_ALIKE;
    }
};

} // namespace

// Joins each run of them, with what lies between.
//
// parts: by frequency
void burst_fit::join_pulses(std::vector<part>& parts) const
{
    const spectrogram& s = *d_all.front();
    const int n = static_cast<int>(parts.size());
    if (n < LEAST_LINES)
        return;
    const uint64_t first = s.row_at(parts.front().where.start + s.size());
    const uint64_t end = s.row_at(parts.front().where.end - s.size());
    if (end < first + COMPARED_ROWS)
        return;
    std::vector<row_power> powers;
    for (const auto& p : parts)
        powers.push_back(row_powers(s, p.core.lower, p.core.upper, first, end));
    trim(powers);
    if (powers.front().size() < COMPARED_ROWS)
        return;
    line_list all{ {}, {}, APART_BINS * s.bin_hz() };
    for (int i = 0; i < n; i++)
        all.add(parts[i].where, normalised(logarithms(std::move(powers[i]))));
    line_list lines{ {}, {}, all.apart };
    std::vector<part> alike;
    for (int i = 0; i < n; i++)
        if (all.is_like_others(i)) {
            lines.add(all.bands[i], all.powers[i]);
            alike.push_back(parts[i]);
        }
    for (int i = 0, next = 0; i < lines.size(); i = next) {
        part run = alike[i];
        for (next = i + 1; next < lines.size() && !lines.begins_another(next); next++)
            join(run, alike[next]);
        const auto strong =
            std::count_if(alike.begin() + i, alike.begin() + next, [&](const part& p) {
                return p.peak * MOST_LEVELS > run.peak;
            });
        if (!d_decisions.applies(decisions::PULSES, [&] {
                return strong >= LEAST_LINES && lines.pulses(i, next) * LONGEST_PULSE_S >=
                                                    lines.n_rows() * s.row_s();
            }))
            continue;
        const auto is_within = [&](const part& p) {
            return p.where.lower >= run.where.lower && p.where.upper <= run.where.upper;
        };
        parts.erase(std::remove_if(parts.begin(), parts.end(), is_within), parts.end());
        parts.push_back(run);
    }
}

} // namespace rfattn
} // namespace gr
