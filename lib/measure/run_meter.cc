/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "run_meter.h"
#include "base/levels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t MOST_TURNS = 32768, LEAST_TURNS = 200, MOST_BURSTS = 8;
constexpr double LONGEST_S = 4.0;    // of a burst, but for MOST_TURNS
constexpr float ON = 0.5f;           // of the mean amplitude
constexpr double LEAST_ON = 0.7;     // of the samples, between the first and the last
constexpr double MOST_BETWEEN = 0.2; // mean distance from the levels, of their distance
constexpr size_t LEAST_RUNS = 30;
constexpr double LEAST_SYMBOL = 4.0; // samples
constexpr double OFF_GRID =
    0.25; // of a symbol, of runs that are no whole number of these
constexpr double LEAST_ON_GRID = 0.95;           // of the runs
constexpr int STEPS = 40;                        // of a symbol's length, from
constexpr double SHORTEST = 0.8, LONGEST = 1.25; // times short runs
constexpr double RARE = 0.05;                    // of the runs
constexpr double LEAST_ODD = 0.1;                // of the runs, if halves count
constexpr double SAME = 0.03;                    // relative difference of equal rates

// The turns of a burst alone; none where it pauses.
std::vector<float> burst_of(const std::vector<float>& turns,
                            const std::vector<float>& amplitudes)
{
    const auto count = static_cast<float>(amplitudes.size());
    const float least =
        ON * std::accumulate(amplitudes.begin(), amplitudes.end(), 0.0f) / count;
    const auto is_on = [least](float a) { return a > least; };
    const auto first = std::find_if(amplitudes.begin(), amplitudes.end(), is_on);
    const auto last = std::find_if(amplitudes.rbegin(), amplitudes.rend(), is_on).base();
    if (first >= last)
        return {};
    const auto on = static_cast<double>(std::count_if(first, last, is_on));
    if (on < LEAST_ON * static_cast<double>(last - first))
        return {};
    const auto begin = turns.begin() + (first - amplitudes.begin());
    return { begin, begin + (last - first) };
}

// Samples between changes of the level; none where there are no two levels.
std::vector<float> runs_of(const std::vector<float>& turns)
{
    const auto low = static_cast<float>(quantile(turns, 0.1)),
               high = static_cast<float>(quantile(turns, 0.9));
    const float middle = 0.5f * (low + high);
    double between = 0.0;
    std::vector<float> runs;
    size_t since = 0;
    for (size_t i = 0; i < turns.size(); i++) {
        between += std::min(std::abs(turns[i] - low), std::abs(turns[i] - high));
        if (i == 0 || (turns[i] > middle) == (turns[i - 1] > middle))
            continue;
        if (since > 0) // the first and the last run may be no whole ones
            runs.push_back(static_cast<float>(i - since));
        since = i;
    }
    const auto count = static_cast<double>(turns.size());
    return between < MOST_BETWEEN * count * (high - low) ? runs : std::vector<float>();
}

// Whether most runs are whole numbers of symbols; how far off the short ones are.
struct grid {
    double on = 0.0, off = 1e9;

    bool operator>(const grid& other) const
    {
        return on > other.on || (on == other.on && off < other.off);
    }
};

int symbols_in(float run, double symbol)
{
    return std::max(1, static_cast<int>(std::lround(run / symbol)));
}

grid fit(const std::vector<float>& runs, double symbol)
{
    double on = 0.0, off = 0.0, shorts = 1e-9;
    for (const float run : runs) {
        const int symbols = symbols_in(run, symbol);
        const double from = std::abs(run / symbol - symbols);
        on += from < OFF_GRID;
        if (symbols <= 3) {
            off += from;
            shorts++;
        }
    }
    return { on / static_cast<double>(runs.size()), off / shorts };
}

// The length of which most runs are whole numbers, about `length`; 0: none.
double unit_of(const std::vector<float>& runs, double length)
{
    grid best;
    double unit = 0.0;
    for (int i = 0; i <= STEPS; i++) {
        const double tried = length * (SHORTEST + (LONGEST - SHORTEST) * i / STEPS);
        const grid found = fit(runs, tried);
        if (found > best) {
            best = found;
            unit = tried;
        }
    }
    if (unit < LEAST_SYMBOL || best.on < LEAST_ON_GRID)
        return 0.0;
    double sum = 0.0, units = 0.0;
    for (const float run : runs) {
        sum += run;
        units += symbols_in(run, unit);
    }
    return sum / units;
}

// Whether runs are whole numbers of halves, from two of these on.
bool has_halves(const std::vector<float>& runs, double half)
{
    const auto count = [&](auto is) {
        const auto n = std::count_if(runs.begin(), runs.end(), is);
        return static_cast<double>(n) / static_cast<double>(runs.size());
    };
    return count([&](float run) { return symbols_in(run, half) < 2; }) < RARE &&
           count([&](float run) { return symbols_in(run, half) % 2 == 1; }) > LEAST_ODD;
}

int longest_of(const std::vector<float>& runs, double symbol)
{
    const auto rare = static_cast<size_t>(RARE * static_cast<double>(runs.size()));
    std::vector<int> symbols;
    for (const float run : runs)
        symbols.push_back(symbols_in(run, symbol));
    const auto place = symbols.end() - 1 - static_cast<long>(rare);
    std::nth_element(symbols.begin(), place, symbols.end());
    return *place;
}

} // namespace

run_meter::run_meter(double rate)
    : burst_meter(
          LEAST_TURNS,
          std::clamp(static_cast<size_t>(LONGEST_S * rate), LEAST_TURNS, MOST_TURNS),
          MOST_BURSTS),
      d_rate(rate)
{
}

void run_meter::look(const std::vector<float>& turns,
                     const std::vector<float>& amplitudes)
{
    measure(turns, amplitudes);
    d_longest = common_longest();
    d_common_rate = common_rate(d_rates, SAME);
}

void run_meter::measure(const std::vector<float>& turns,
                        const std::vector<float>& amplitudes)
{
    const auto burst = burst_of(turns, amplitudes);
    if (burst.size() < LEAST_TURNS)
        return;
    const auto runs = runs_of(burst);
    if (runs.size() < LEAST_RUNS)
        return;
    const double shortest = quantile(runs, 0.1);
    if (const double symbol = unit_of(runs, shortest); symbol > 0.0) {
        d_found.push_back(longest_of(runs, symbol));
        if (d_found.back() > 1) // else it is a tone
            d_rates.push_back(d_rate / symbol);
    } else if (const double half = unit_of(runs, 0.5 * shortest);
               half > 0.0 && has_halves(runs, half)) {
        d_rates.push_back(0.5 * d_rate / half);
    }
}

int run_meter::common_longest() const
{
    if (d_found.empty() || 2 * d_found.size() < bursts())
        return 0;
    auto sorted = d_found;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
}

void run_meter::report(findings& found) const
{
    if (d_longest > 0)
        found.set("longest_run", static_cast<double>(d_longest));
    if (d_common_rate > 0.0)
        found.set("run_rate", d_common_rate, findings::ANY_CHANGE);
}

} // namespace rfattn
} // namespace gr
