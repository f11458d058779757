/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "response.h"
#include "base/levels.h"
#include "floor_curve.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double FOOT_SIGMAS = 1.5, TOP_SIGMAS = 4.0; // over the curve
constexpr int NARROW = 10;         // of LOCAL_PIECES: what rises over fewer is a signal
constexpr float HIGH = 2.5f;       // times the curve
constexpr float LEAST_STEP = 1.7f; // within STEP_PIECES
constexpr int STEP_PIECES = 4;

// Medians of five neighbours, of fewer at the ends.
std::vector<float> medians_of_neighbours(const std::vector<float>& values)
{
    const int n = static_cast<int>(values.size());
    std::vector<float> medians(n);
    for (int i = 0; i < n; i++)
        medians[i] = static_cast<float>(quantile(
            { values.begin() + std::max(0, i - 2), values.begin() + std::min(n, i + 3) },
            0.5));
    return medians;
}

// By piece, without what is narrow.
std::vector<float> wide_part(const std::vector<float>& ratio)
{
    auto pieces = medians_of_pieces(ratio, LOCAL_PIECES);
    const auto wide = without_narrow(pieces, NARROW);
    for (size_t k = 0; k < pieces.size(); k++)
        if (pieces[k] > RIPPLE * wide[k])
            pieces[k] = wide[k];
    return medians_of_neighbours(pieces);
}

// Parts that rise above 1, from first to before end: those that are wide.
std::vector<std::pair<int, int>> rises(const std::vector<float>& ratio, double error)
{
    const int n = static_cast<int>(ratio.size());
    const auto foot = static_cast<float>(1.0 + FOOT_SIGMAS * error),
               top = static_cast<float>(1.0 + TOP_SIGMAS * error);
    std::vector<std::pair<int, int>> found;
    for (int first = 0, end = 0; first < n; first = end + 1) {
        for (end = first; end < n && ratio[end] > foot; end++)
            ;
        // What the end of the band cuts off may be wider than is seen.
        const int least = first == 0 || end == n ? NARROW / 2 : NARROW;
        if (end - first >= least &&
            *std::max_element(ratio.begin() + first, ratio.begin() + end) > top)
            found.emplace_back(first, end);
    }
    return found;
}

// Whether a rise begins or ends with a step, as a signal does.
bool has_step(const std::vector<float>& ratio, int first, int end)
{
    const int last = static_cast<int>(ratio.size()) - 1;
    for (int i = std::max(0, first - STEP_PIECES); i < end && i + STEP_PIECES <= last;
         i++)
        if (std::max(ratio[i], ratio[i + STEP_PIECES]) >
            LEAST_STEP * std::min(ratio[i], ratio[i + STEP_PIECES]))
            return true;
    return false;
}

// A signal may stand on a hump: what is high is a part of its own.
std::vector<std::pair<int, int>>
parts_of(const std::vector<float>& ratio, int first, int end)
{
    const auto is_high = [](float value) { return value > HIGH; };
    const auto from = ratio.begin() + first, to = ratio.begin() + end;
    const auto up = std::find_if(from, to, is_high);
    if (up == to)
        return { { first, end } };
    const auto down =
        std::find_if(std::reverse_iterator(to), std::reverse_iterator(up), is_high)
            .base();
    const auto at = [&](auto place) { return static_cast<int>(place - ratio.begin()); };
    std::vector<std::pair<int, int>> parts;
    for (const auto& part :
         { std::pair(first, at(up)), { at(up), at(down) }, { at(down), end } })
        if (part.second > part.first)
            parts.push_back(part);
    return parts;
}

} // namespace

void response::restart()
{
    std::fill(d_gain.begin(), d_gain.end(), 1.0f);
}

std::vector<float> response::without(std::vector<float> power) const
{
    for (size_t i = 0; i < power.size(); i++)
        power[i] /= d_gain[i];
    return power;
}

void response::apply(std::vector<float>& floor) const
{
    for (size_t i = 0; i < floor.size(); i++)
        floor[i] *= upper_side(d_gain, static_cast<int>(i));
}

bool response::learn(const std::vector<float>& ratio, double error, const verdict& holds)
{
    const auto wide = wide_part(ratio);
    const int points = static_cast<int>(ratio.size()),
              pieces = static_cast<int>(wide.size());
    const auto point_of = [&](int piece) {
        return static_cast<int>(static_cast<int64_t>(piece) * points / pieces);
    };
    std::vector<float> learned(pieces, 1.0f);
    std::vector<std::pair<int, int>> others;
    bool any = false;
    const double piece_error = error / std::sqrt(static_cast<double>(points) / pieces);
    const auto has = [&](noise_or_signal what, int first, int end) {
        return holds(what, point_of(first), point_of(end));
    };
    for (const auto& [lower, upper] : rises(wide, piece_error)) {
        const float top = *std::max_element(wide.begin() + lower, wide.begin() + upper);
        // Weak signals may pass for noise, but for their edges.
        const bool is_signal = top > HIGH ? has(noise_or_signal::SIGNAL, lower, upper)
                                          : has_step(wide, lower, upper);
        const auto parts = parts_of(wide, lower, upper);
        for (const auto& [first, end] : parts)
            if (!is_signal && has(noise_or_signal::NOISE, first, end)) {
                std::copy(
                    wide.begin() + first, wide.begin() + end, learned.begin() + first);
                any = true;
            } else {
                others.emplace_back(first, end);
            }
    }
    for (const auto& [first, end] : others)
        draw_line(learned,
                  first,
                  end,
                  learned[std::max(first - 1, 0)],
                  learned[std::min(end, pieces - 1)]);
    for (int i = 0; any && i < points; i++) {
        const float gain = between(learned, i, points);
        // On a steep slope a point may lie far below the line between pieces.
        d_gain[i] *= gain > STEP * ratio[i] ? std::max(1.0f, ratio[i]) : gain;
    }
    return any;
}

} // namespace rfattn
} // namespace gr
