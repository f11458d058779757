/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The noise over the band: between, on and beside the slopes of a filter.

#include "audio_floor.h"
#include "base/levels.h"
#include "floor_curve.h"
#include "noise_floor.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr int PIECES = 128;     // pieces of the band in which its response is found
constexpr double END = 0.05;    // share of the band at each end, where signals may be cut
constexpr double UNEVEN = 0.06; // most difference of a filter's ends, of the band
constexpr double FOLDED = 0.01; // share of the band at each end that holds aliases
constexpr float STOP_BAND = 0.063f;   // most level of a stop band: -12 dB
constexpr float LEAST_PASSED = 1e-4f; // least level received, of the flat part
constexpr double LOBES = 0.03;        // width of a stop band's lobes, of the band
constexpr float LEAST_FALL = 0.5f; // least fall of the floor where a filter is left out
constexpr int KNEE = 2;            // pieces within a filter, that fall already
constexpr int BESIDE = 3;          // pieces that the ends of a filter are uncertain by
constexpr double LEAST_WIDE = 0.2; // least width of a filter, share of the band

float median_of_three(const std::vector<float>& values, int i)
{
    const int last = static_cast<int>(values.size()) - 1;
    const float a = values[std::max(0, i - 1)], b = values[i],
                c = values[std::min(last, i + 1)];
    return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

} // namespace

bool noise_floor::has_even_filter() const
{
    const auto [first, end] = d_response.raised;
    return first == end || std::abs(first + end - n_pieces()) <= UNEVEN * n_pieces();
}

noise_floor::band noise_floor::edges_of(const std::pair<int, int>& pieces) const
{
    const bool is_wide = pieces.second - pieces.first >= LEAST_WIDE * n_pieces();
    return { edge_of(pieces.first), edge_of(is_wide ? pieces.second : pieces.first) };
}

noise_floor::band noise_floor::wide_signal() const
{
    const auto& found = d_response.signal;
    const bool is_within =
        found.first >= d_passed.first && found.second <= d_passed.second;
    return edges_of(is_within ? std::pair(0, 0) : found);
}

void noise_floor::take_for_filter()
{
    const auto [first, end] = d_response.signal;
    d_inner = { first + BESIDE, end - BESIDE };
    estimate();
}

bool noise_floor::leave_out(bool known)
{
    const float level = d_flat_level;
    const auto inner = d_inner, signal = d_signal, found = d_response.with_slopes;
    const int left = d_response.raised.first,
              right = n_pieces() - d_response.raised.second;
    if (known) {
        d_signal = found;
        d_top = d_response.raised;
    }
    if (left > right - UNEVEN * n_pieces())
        d_inner.first = std::max(0, found.first - BESIDE);
    if (right > left - UNEVEN * n_pieces())
        d_inner.second = std::min(n_pieces(), found.second + BESIDE);
    d_has_filter = false;
    estimate();
    if (d_flat_level < LEAST_FALL * level)
        return true;
    d_has_filter = true;
    d_inner = inner;
    d_signal = signal;
    estimate();
    return false;
}

void noise_floor::fit(const std::vector<float>& time, int n_blocks)
{
    if (d_is_audio) {
        const auto before = std::exchange(d_floor, audio_floor(time, point_hz()));
        for (const auto& [lower, upper] : d_signals)
            if (const int first = point_at(lower), last = point_at(upper);
                !d_is_known_below)
                lower_hump(d_floor, point_hz(), first, last);
            else
                for (int i = first; i < last; i++)
                    d_floor[i] = std::min(d_floor[i], before[i]);
        return;
    }
    const int n = n_pieces();
    const double error = error_of(0.5 * d_n_points / n, n_blocks);
    d_response = find_response(
        levels_of_pieces(time, n), level_db(1.0 + error), d_inner, d_signal);
    const auto& found = d_response;
    const std::vector<float> level(found.level.begin(), found.level.end());
    for (int i = 0; i < d_n_points; i++)
        d_floor[i] =
            static_cast<float>(std::pow(10.0, 0.1 * between(level, i, d_n_points)));
    if (warm()) { // no filter becomes narrower
        d_inner.first = std::min(d_inner.first, found.even.first + BESIDE);
        d_inner.second = std::max(d_inner.second, found.even.second - BESIDE);
    }
    const int ends = static_cast<int>(std::lround(END * n));
    d_lower = edge_of(std::max(found.first, ends));
    d_upper = edge_of(std::min(found.end, n - ends));
    d_is_filtered = found.end < n - ends || found.first > ends;
    const int from = point_of(found.first > 0 ? found.first + KNEE : 0),
              to = point_of(found.end < n ? found.end - KNEE : n);
    if (from > 0)
        follow_slope(time, from - 1, -1);
    if (to < d_n_points)
        follow_slope(time, to, 1);
    widen_steps(from, to);
    follow_ends(time);
    for (const auto& [lower, upper] :
         { std::pair(d_signal.first, d_top.first), { d_top.second, d_signal.second } })
        for (int i = point_of(lower); i < point_of(upper); i++)
            d_floor[i] = std::max(d_floor[i], median_of_three(time, i));
}

noise_floor::bands noise_floor::audio_rises() const
{
    bands found;
    for (const auto& [first, last] : audio_humps(d_floor, point_hz()))
        found.emplace_back(point_edge(first), point_edge(last));
    return found;
}

void noise_floor::keep_below(bands signals, bool known)
{
    d_signals = std::move(signals);
    d_is_known_below = known;
}

// What lies beyond an end of the band comes in at the other: there both are as high.
// Where the noise falls to that, no piece of the response shows it.
void noise_floor::follow_ends(const std::vector<float>& time)
{
    const int reach = static_cast<int>(std::lround(FOLDED * d_n_points));
    const float most = std::max({ d_floor.front(),
                                  d_floor[reach],
                                  d_floor[d_n_points - 1 - reach],
                                  d_floor.back() });
    for (int k = 0; k < reach && !d_one_sided; k++)
        for (const int i : { k, d_n_points - 1 - k })
            d_floor[i] = std::clamp(
                median_of_three(time, i), d_floor[i], std::max(d_floor[i], most));
}

int noise_floor::n_pieces() const
{
    return std::min(PIECES, d_n_points);
}

int noise_floor::point_of(int piece) const
{
    return static_cast<int>(int64_t(piece) * d_n_points / n_pieces());
}

// Outside of the flat part noise only falls, down to the stop band: what rises is signal.
// In a stop band the floor is the highest quantile near by, so that nothing is found but
// what pauses: the lobes of a filter stand between zeros.
void noise_floor::follow_slope(const std::vector<float>& time, int from, int step)
{
    const auto inside = std::clamp(from - step, 0, d_n_points - 1);
    const float pass = d_floor[inside], stop = pass * STOP_BAND;
    float least = pass;
    int first = from; // first piece of the stop band
    for (int i = from; i >= 0 && i < d_n_points; i += step) {
        const float here = median_of_three(time, i);
        least = std::min(least, here);
        d_floor[i] = least < stop || here < RIPPLE * least ? here : least;
        if (least >= stop)
            first = i + step;
    }
    const int reach = static_cast<int>(LOBES * d_n_points);
    const auto lobes = d_floor;
    for (int i = first; i >= 0 && i < d_n_points; i += step)
        for (int k = std::max(0, i - reach); k <= std::min(d_n_points - 1, i + reach);
             k++)
            if ((k - first) * step >= 0)
                d_floor[i] = std::max({ d_floor[i], lobes[k], pass * LEAST_PASSED });
}

// Beside a step the floor is that of its upper side: no point resolves a steep slope.
void noise_floor::widen_steps(int from, int to)
{
    const auto narrow = d_floor;
    for (int i = 0; i < d_n_points; i++)
        if (i < from || i >= to)
            d_floor[i] = upper_side(narrow, i);
}

} // namespace rfattn
} // namespace gr
