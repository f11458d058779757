/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "response.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

// Costs are logarithms of likelihoods of a piece, of so many in a band.
constexpr double PIECES = 128.0;
// Slope over the whole band.
constexpr double USUAL_SLOPE_DB = 14.0, MOST_SLOPE_DB = 80.0;
constexpr double FALL_COST = 0.5; // cost of a dB of a filter's fall
constexpr double FALL_DB = 0.5;   // change from piece to piece above slope and ripple
constexpr double SIGNAL_COST = 2.0, WEAK_COST = 5.0, WEAK_DB = 3.0, STRONG_COST = 0.05;
constexpr double DIP_COST = 60.0;
constexpr double LEAST_ERROR_DB = 0.1;            // least error of a curve of pieces
constexpr double STEP_DB = 0.1, RANGE_DB = 100.0; // step and range of the levels
constexpr double END = 0.05;                      // share of the band at each end
constexpr double RAISED_DB = 3.0;                 // above the lowest level
constexpr double FOOT_DB = 0.3; // change within two pieces at the slopes of a signal
constexpr double SKIRT = 0.15;  // most width of a skirt, of what is raised
constexpr double SIGNAL_SIGMAS = 3.0; // above the noise

// All curves through the pieces, of levels that are steps apart.
class curves {
public:
    curves(const curve& y,
           double error,
           std::pair<int, int> inner,
           std::pair<int, int> signal)
        : d_y(y),
          d_signal(signal),
          d_n(static_cast<int>(y.size())),
          d_variance(error * error + LEAST_ERROR_DB * LEAST_ERROR_DB),
          d_weight(PIECES / d_n),
          d_most(*std::max_element(y.begin(), y.end())),
          d_least(std::max(*std::min_element(y.begin(), y.end()), d_most - RANGE_DB)),
          d_levels(1 + static_cast<int>(std::ceil((d_most - d_least) / STEP_DB))),
          d_reach(static_cast<int>(std::ceil(MOST_SLOPE_DB / d_n / STEP_DB))),
          d_cost(d_levels, 0.0f),
          d_from(static_cast<size_t>(d_n) * d_levels)
    {
        for (int i = -d_reach; i <= d_reach; i++) {
            const double slope = i * STEP_DB * d_n / USUAL_SLOPE_DB;
            d_slope_cost.push_back(static_cast<float>(0.5 * slope * slope * d_weight));
        }
        add_piece(0);
        for (int k = 1; k < d_n; k++) {
            change_level(k);
            if (k < inner.first)
                fall(k, 0, d_levels, 1); // seen from the inner part
            else if (k >= inner.second)
                fall(k, d_levels - 1, -1, -1);
            add_piece(k);
        }
    }

    curve best() const
    {
        curve z(d_n);
        auto at = static_cast<int>(std::min_element(d_cost.begin(), d_cost.end()) -
                                   d_cost.begin());
        for (int k = d_n - 1; k >= 0; k--) {
            z[k] = d_least + at * STEP_DB;
            at = d_from[static_cast<size_t>(k) * d_levels + at];
        }
        return z;
    }

    double deviation() const { return std::sqrt(d_variance); } // of noise, dB

private:
    void add_piece(int k)
    {
        if (k >= d_signal.first && k < d_signal.second)
            return;
        for (int i = 0; i < d_levels; i++) {
            const double above = std::max(d_y[k], d_least) - (d_least + i * STEP_DB);
            const double noise = 0.5 * above * above / d_variance;
            const double other = above > 0.0 ? SIGNAL_COST + STRONG_COST * above +
                                                   WEAK_COST * std::exp(-above / WEAK_DB)
                                             : DIP_COST;
            d_cost[i] += static_cast<float>(std::min(noise, other) * d_weight);
        }
    }

    void change_level(int k)
    {
        int* from = &d_from[static_cast<size_t>(k) * d_levels];
        d_before = d_cost;
        for (int i = 0; i < d_levels; i++) {
            const int first = std::max(0, i - d_reach),
                      last = std::min(d_levels - 1, i + d_reach);
            from[i] = i;
            for (int j = first; j <= last; j++)
                if (const float cost = d_before[j] + d_slope_cost[j - i + d_reach];
                    cost < d_cost[i]) {
                    d_cost[i] = cost;
                    from[i] = j;
                }
        }
    }

    // From the levels that one comes to first, to those that are farther.
    void fall(int k, int begin, int end, int step)
    {
        int* from = &d_from[static_cast<size_t>(k) * d_levels];
        int lowest = begin;
        float least = d_before[begin];
        for (int i = begin; i != end; i += step) {
            least += static_cast<float>(FALL_COST * STEP_DB);
            if (d_before[i] < least) {
                least = d_before[i];
                lowest = i;
            }
            if (least < d_cost[i]) {
                d_cost[i] = least;
                from[i] = lowest;
            }
        }
    }

    const curve& d_y;
    const std::pair<int, int> d_signal;
    const int d_n;
    const double d_variance, d_weight, d_most, d_least;
    const int d_levels, d_reach;
    std::vector<float> d_slope_cost;     // cost of each change of level
    std::vector<float> d_cost, d_before; // cost of the best curve to each level
    std::vector<int> d_from;             // its level at the piece before
};

using pieces = std::pair<int, int>;

template <typename predicate>
std::vector<pieces> runs(int first, int end, const predicate& holds)
{
    std::vector<pieces> found;
    for (int k = first; k < end; k++)
        if (holds(k) && (found.empty() || found.back().second < k))
            found.emplace_back(k, k + 1);
        else if (holds(k))
            found.back().second++;
    return found;
}

pieces widest(const std::vector<pieces>& all)
{
    const auto is_narrower = [](const pieces& a, const pieces& b) {
        return a.second - a.first < b.second - b.first;
    };
    const auto found = std::max_element(all.begin(), all.end(), is_narrower);
    return found == all.end() ? pieces(0, 0) : *found;
}

// Below a signal the noise is a line from that on one side to that on the other.
void draw_line(curve& level, const pieces& below)
{
    const auto [first, end] = below;
    if (first == 0 || end == static_cast<int>(level.size()))
        return;
    const double before = level[first - 1], after = level[end];
    for (int k = first; k < end; k++)
        level[k] = before + (after - before) * (k - first + 1) / (end - first + 1);
}

// What rises above the lowest level, but for the ends of the band. Where a side falls
// from the top, half way.
pieces raised_part(const curve& level)
{
    const auto n = static_cast<int>(level.size()), ends = static_cast<int>(END * n);
    const auto from = level.begin() + ends, middle = level.begin() + n / 2,
               to = level.end() - ends;
    const double left = *std::min_element(from, middle),
                 right = *std::min_element(middle, to), top = *std::max_element(from, to);
    const auto least = [&](double side) {
        return std::max(std::min(left, right) + RAISED_DB,
                        side < top - RAISED_DB ? 0.5 * (side + top) : -HUGE_VAL);
    };
    return widest(
        runs(0, n, [&](int k) { return level[k] > least(k < n / 2 ? left : right); }));
}

pieces with_slopes(const curve& level, pieces part)
{
    auto [first, end] = part;
    const auto n = static_cast<int>(level.size());
    const auto reach = static_cast<int>(SKIRT * (end - first));
    const auto is_slope = [&](int from, int to) {
        return level[from] - level[std::clamp(to, 0, n - 1)] > FOOT_DB;
    };
    for (int k = 0; k < reach && first > 0 && is_slope(first, first - 2); k++)
        first--;
    for (int k = 0; k < reach && end < n && is_slope(end - 1, end + 1); k++)
        end++;
    return { first, end };
}

} // namespace

response find_response(const curve& y, double error, pieces inner, pieces signal)
{
    const curves all(y, error, inner, signal);
    const int n = static_cast<int>(y.size());
    response found{ all.best(), 0, n, {}, {}, {}, {} };
    const double most = SIGNAL_SIGMAS * all.deviation();
    const auto signals = runs(0, n, [&](int k) { return y[k] - found.level[k] > most; });
    for (const auto& s : signals)
        draw_line(found.level, s);
    found.signal = widest(signals);
    found.raised = raised_part(found.level);
    found.with_slopes = with_slopes(found.level, found.raised);
    const auto falls = [&](int from, int to) {
        return found.level[from] - found.level[std::clamp(to, 0, n - 1)];
    };
    const auto grow = [&](pieces part, const auto& ends) {
        while (part.first > 0 && !ends(part.first, -1))
            part.first--;
        while (part.second < n && !ends(part.second - 1, 1))
            part.second++;
        return part;
    };
    found.even = grow(inner, [&](int from, int step) {
        return falls(from, from + 4 * step) > 4.0 * FALL_DB;
    });
    // A curve that rose with a wide signal may fall beside it, but less than a filter.
    std::tie(found.first, found.end) = grow(found.even, [&](int from, int step) {
        return falls(from, from + step) > FALL_DB &&
               falls(from, from + 3 * step) > RAISED_DB;
    });
    return found;
}

} // namespace rfattn
} // namespace gr
