/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "audio_floor.h"
#include "base/levels.h"
#include "floor_curve.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr float SCALE = 1.2f;           // factor of the low quantile of a neighbourhood
constexpr double QUANTILE = 0.3;        // low quantile of a neighbourhood
constexpr double SLOPE_HZ = 250.0;      // most of the slope of a filter that ends audio
constexpr double LEAST_SLOPE = 20.0;    // dB, of such a filter
constexpr double LEAST_BAND_HZ = 800.0; // least width of such a filter
constexpr float LEAST_PASSED = 1e-4f;   // least level received, of what is passed
constexpr double EDGE_DB = 3.0;      // level of its upper edge below the noise beside it
constexpr double LOW_END_HZ = 400.0; // the lower slope of such a filter lies below
constexpr double HUMP_DB = 8.0;     // most level of what fills the filter, over the noise
constexpr double FALL_HZ = 600.0;   // width within which it falls by this
constexpr double HIGH = 0.75;       // quantile of such a signal: its level
constexpr double BESIDE_HZ = 200.0; // width of that noise, below the filter's end
constexpr float RISE = 2.0f;        // least ratio of a wide part to the rest
constexpr double REST = 0.2;        // quantile of all: the rest
constexpr double LEVEL_DB = 4.0;    // most difference of nearly all points of that noise
constexpr float EMPTY = 1e-11f;     // level below what converters leave, of the strongest
constexpr float TOP = 0.1f; // most level of a slope at the end, of the level below it
constexpr double TOP_HZ = 2000.0; // width below the end in which that level is measured
constexpr double LEAST_FILLED_HZ = 1500.0; // else nothing is known of the noise
constexpr float LEAST = 1e-30f;

class audio {
public:
    audio(const std::vector<float>& power, double point_hz)
        : d_power(power),
          d_n(static_cast<int>(power.size())),
          d_hz(point_hz),
          d_reach(std::max(2, points(AUDIO_HZ)))
    {
    }

    std::vector<float> floor() const
    {
        const int end = end_of_filter();
        std::vector<float> found(d_n);
        for (int i = 0; i < d_n; i++)
            found[i] = i < end ? low(std::min(i, std::max(end - d_reach, 0)), 0, end)
                               : low(i, end, d_n);
        const float weakest = LEAST_PASSED * part(0.5, end - points(LEAST_BAND_HZ), end);
        for (int i = end; i < d_n; i++)
            found[i] = std::max(found[i], weakest);
        for (int i = end; i < std::min(d_n, end + points(SLOPE_HZ)); i++)
            found[i] = std::max(found[i], highest(i));
        // Noise falls off a filter within the band, too: its slope is none of a signal.
        const auto level = found;
        for (int i = 0; i < end; i++)
            found[i] =
                std::max(found[i],
                         std::min(highest(i),
                                  std::max(level[std::max(i - d_reach, 0)],
                                           level[std::min(i + d_reach, end - 1)])));
        leave_out_humps(found, end);
        return found;
    }

private:
    int points(double hz) const { return static_cast<int>(std::lround(hz / d_hz)); }

    float part(double q, int first, int end) const
    {
        first = std::max(first, 0);
        end = std::min(end, d_n);
        return first >= end ? LEAST
                            : static_cast<float>(quantile(
                                  { d_power.begin() + first, d_power.begin() + end }, q));
    }

    float low(int i, int first, int end) const
    {
        return std::max(SCALE * part(QUANTILE,
                                     std::max(first, i - d_reach),
                                     std::min(end, i + d_reach + 1)),
                        LEAST);
    }

    float highest(int i) const
    {
        return SCALE * *std::max_element(&d_power[std::max(i - 1, 0)],
                                         &d_power[std::min(i + 1, d_n - 1)] + 1);
    }

    // The first point above a steep filter: all from its slope on is at least LEAST_SLOPE
    // lower than what it passes. All points where there is none.
    int end_of_filter() const
    {
        const int slope = std::max(1, points(SLOPE_HZ));
        double above = -300.0; // the strongest of the stop band, dB
        for (int e = d_n - slope - 1; e >= points(LEAST_BAND_HZ); e--) {
            above = std::max(above, level_db(d_power[e + slope]));
            const double inside = level_db(part(0.5, e - slope - d_reach, e - slope));
            if (inside - above < LEAST_SLOPE || level_db(d_power[e]) > inside - EDGE_DB)
                continue;
            if (level_db(part(QUANTILE, e - points(LEAST_BAND_HZ), e)) - above >
                LEAST_SLOPE)
                return first_below(e, inside);
        }
        return d_n;
    }

    // The first point of the slope that e lies on.
    int first_below(int e, double inside) const
    {
        while (e > 0 && level_db(d_power[e - 1]) < inside - EDGE_DB)
            e--;
        return e;
    }

    // The level of the noise at the end of the filter, dB. Noise is level there, else
    // 200.
    double noise_at(int end) const
    {
        const int first = end - points(BESIDE_HZ);
        if (end == d_n || first <= 0 ||
            level_db(part(0.9, first, end)) - level_db(part(0.1, first, end)) > LEVEL_DB)
            return 200.0;
        return level_db(SCALE * part(QUANTILE, first, end));
    }

    void leave_out_humps(std::vector<float>& found, int end) const
    {
        const double high = noise_at(end) + HUMP_DB;
        for (int first = 0; first < end; first++) {
            int last = first;
            while (last < end && level_db(found[last]) > high)
                last++;
            if (last > first)
                leave_out(found, first, last, end);
            first = last;
        }
    }

    // Points from first to last may be a hump of the floor: then it is as high as beside
    // it.
    void leave_out(std::vector<float>& found, int first, int last, int end) const
    {
        const int reach = points(FALL_HZ);
        const int left = lowest(found, first - reach, first);
        const int right = lowest(found, last, std::min(end, last + reach));
        const auto begin = found.begin() + first, end_of_hump = found.begin() + last;
        const double top = level_db(quantile({ begin, end_of_hump }, 0.5));
        const auto falls = [&](int i) {
            return i >= 0 && top - level_db(found[i]) > HUMP_DB;
        };
        // A filter with a soft end is no hump.
        const double high = level_db(quantile({ begin, end_of_hump }, HIGH)) - HUMP_DB;
        const auto is_high = [&](float p) { return level_db(p) > high; };
        const auto slope = std::find_if(std::make_reverse_iterator(end_of_hump),
                                        std::make_reverse_iterator(begin),
                                        is_high) -
                           std::make_reverse_iterator(end_of_hump);
        if (slope > reach)
            return;
        const bool from_start = first <= points(LOW_END_HZ);
        if (!falls(right) || (!from_start && !falls(left)))
            return;
        const float beside =
            from_start ? found[right] : std::max(found[left], found[right]);
        for (int i = from_start ? 0 : left; i < right; i++)
            found[i] = std::min(found[i], beside);
    }

    // The point of the least value from first to end; -1 where there is none.
    static int lowest(const std::vector<float>& found, int first, int end)
    {
        first = std::max(first, 0);
        if (first >= end)
            return -1;
        return static_cast<int>(
            std::min_element(found.begin() + first, found.begin() + end) - found.begin());
    }

    const std::vector<float>& d_power;
    const int d_n;
    const double d_hz;
    const int d_reach; // points
};

} // namespace

// Samples at a higher rate than they were received at have nothing in the upper part of
// their band: it tells no noise, and nothing is found in it, nor on the slope to it.
std::vector<float> audio_floor(const std::vector<float>& power, double point_hz)
{
    const float least = EMPTY * *std::max_element(power.begin(), power.end());
    const auto is_filled = [&](float p) { return p > least; };
    const auto last = std::find_if(power.rbegin(), power.rend(), is_filled).base();
    std::vector<float> filled(power.begin(), last);
    const auto below = static_cast<long>(std::ceil(TOP_HZ / point_hz));
    const auto is_slope = [&] {
        return static_cast<long>(filled.size()) > below &&
               filled.back() < TOP * static_cast<float>(quantile(
                                         { filled.end() - below, filled.end() }, 0.5));
    };
    while (filled.size() < power.size() && is_slope())
        filled.pop_back();
    if (static_cast<double>(filled.size()) * point_hz < LEAST_FILLED_HZ)
        filled = power;
    auto found = audio(filled, point_hz).floor();
    found.resize(power.size(), found.back());
    return found;
}

std::vector<std::pair<int, int>> audio_humps(const std::vector<float>& floor,
                                             double point_hz)
{
    std::vector<std::pair<int, int>> found;
    const auto n = static_cast<int>(floor.size());
    const auto high = RISE * static_cast<float>(quantile(floor, REST));
    for (int first = 0, last = 0; first < n; first = last + 1) {
        for (last = first; last < n && floor[last] > high; last++)
            ;
        if ((last - first) * point_hz > 2.0 * AUDIO_HZ)
            found.emplace_back(first, last);
    }
    return found;
}

void lower_hump(std::vector<float>& floor, double point_hz, int first, int last)
{
    const auto n = static_cast<int>(floor.size());
    const int reach = static_cast<int>(FALL_HZ / point_hz);
    const auto lowest = [&](int from, int to) {
        return from < to ? *std::min_element(&floor[from], &floor[to - 1] + 1) : LEAST;
    };
    const float beside = std::max(lowest(std::max(0, first - reach), first),
                                  lowest(last, std::min(n, last + reach)));
    for (int i = first; i < last; i++)
        floor[i] = std::min(floor[i], beside);
}

} // namespace rfattn
} // namespace gr
