/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "level_meter.h"
#include "base/interpolation.h"
#include "base/levels.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace gr {
namespace rfattn {

namespace {

constexpr double LOOK_S = 0.1;        // a clock drifts little in it
constexpr size_t LEAST_SYMBOLS = 48;  // of a look
constexpr double LEAST_SAMPLES = 1.5; // of a symbol
constexpr int MOMENTS = 8;            // of a symbol
constexpr double EXTREME = 0.02;      // quantile of the outer levels
constexpr float ALIKE = 0.15f;        // of the outer level, between symbols
constexpr double ON_AIR = 0.5;        // of the amplitude of the louder half
constexpr size_t LEAST_LEVELS = 40;   // alike symbols that tell
constexpr float OUTER = 0.75f;        // of the highest
constexpr float NEAR = 0.15f;         // of the outer level: it is that level
constexpr double LEAST_SHARE = 0.15, LEAST_OF_BOTH = 0.75; // of alike symbols

struct symbols {
    std::vector<float> level;     // Hz
    std::vector<float> amplitude; // means; 0: not on the air
};

double variance_on_air(const symbols& s)
{
    double sum = 0.0, squares = 0.0, count = 0.0;
    for (size_t k = 0; k < s.level.size(); k++)
        if (s.amplitude[k] > 0.0f) {
            sum += s.level[k];
            squares += s.level[k] * s.level[k];
            count++;
        }
    return count > 0.0 ? squares / count - sum * sum / (count * count) : 0.0;
}

} // namespace

level_meter::level_meter(double rate)
    : d_rate(rate),
      d_size(static_cast<size_t>(LOOK_S * rate))
{
}

void level_meter::add(const channel_piece& piece)
{
    for (size_t n = 0; n < piece.turns.size() && is_reading(); n++) {
        d_phase.push_back((d_phase.empty() ? 0.0 : d_phase.back()) + piece.turns[n]);
        d_amplitude.push_back((d_amplitude.empty() ? 0.0 : d_amplitude.back()) +
                              piece.amplitudes[n]);
        d_read++;
        if (d_phase.size() >= d_size)
            look();
    }
}

void level_meter::break_off()
{
    look();
}

void level_meter::report(findings& found) const
{
    if (d_baud == 0.0)
        return;
    found.set("level_rate", d_baud);
    found.set("deviation", d_deviation, findings::ANY_CHANGE);
}

void level_meter::look()
{
    for (size_t i = 0; i < BAUDS.size(); i++)
        look_at(BAUDS[i], d_levels[i]);
    conclude();
    d_phase.clear();
    d_amplitude.clear();
}

// At the moment of the symbols at which their levels are farthest apart.
void level_meter::look_at(double baud, std::vector<float>& levels) const
{
    const double period = d_rate / baud;
    const auto samples = static_cast<double>(d_phase.size());
    if (period < LEAST_SAMPLES || samples < (LEAST_SYMBOLS + 2) * period)
        return;
    symbols s, best;
    double most = 0.0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        s.level.clear();
        s.amplitude.clear();
        double at = moment * period / MOMENTS;
        double phase = value_at(d_phase, at), amplitude = value_at(d_amplitude, at);
        for (; at + period < samples - 1.0; at += period) {
            const double next = value_at(d_phase, at + period), turn = next - phase;
            const double sum = value_at(d_amplitude, at + period),
                         mean = (sum - amplitude) / period;
            phase = next;
            amplitude = sum;
            s.level.push_back(static_cast<float>(turn / (2.0 * GR_M_PI) * baud));
            s.amplitude.push_back(static_cast<float>(mean));
        }
        const auto least = static_cast<float>(ON_AIR * quantile(s.amplitude, 0.75));
        for (size_t k = 0; k < s.level.size(); k++)
            if (s.amplitude[k] <= least)
                s.amplitude[k] = 0.0f;
        if (const double v = variance_on_air(s); v > most) {
            most = v;
            std::swap(best, s);
        }
    }
    std::vector<float> on_air;
    for (size_t k = 0; k < best.level.size(); k++)
        if (best.amplitude[k] > 0.0f)
            on_air.push_back(best.level[k]);
    if (on_air.size() < LEAST_SYMBOLS)
        return;
    const auto low = static_cast<float>(quantile(on_air, EXTREME)),
               high = static_cast<float>(quantile(on_air, 1.0 - EXTREME));
    const float middle = 0.5f * (low + high), alike = ALIKE * 0.5f * (high - low);
    for (size_t k = 1; k + 1 < best.level.size(); k++)
        if (best.amplitude[k - 1] > 0.0f && best.amplitude[k] > 0.0f &&
            best.amplitude[k + 1] > 0.0f &&
            std::abs(best.level[k] - best.level[k - 1]) < alike &&
            std::abs(best.level[k] - best.level[k + 1]) < alike)
            levels.push_back(std::abs(best.level[k] - middle));
}

// 0 where these are not two levels on each side of the middle, one three times the other.
double level_meter::outer_of_four(const std::vector<float>& levels)
{
    if (levels.size() < LEAST_LEVELS)
        return 0.0;
    const float high = OUTER * static_cast<float>(quantile(levels, 0.95));
    std::vector<float> upper;
    std::copy_if(levels.begin(), levels.end(), std::back_inserter(upper), [&](float v) {
        return v > high;
    });
    const auto outer = static_cast<float>(quantile(upper, 0.7));
    const auto share = [&](float level) {
        const auto near = std::count_if(levels.begin(), levels.end(), [&](float v) {
            return std::abs(v - level) < NEAR * outer;
        });
        return static_cast<double>(near) / static_cast<double>(levels.size());
    };
    const double of_outer = share(outer), of_inner = share(outer / 3.0f);
    return of_outer > LEAST_SHARE && of_inner > LEAST_SHARE &&
                   of_outer + of_inner > LEAST_OF_BOTH
               ? outer
               : 0.0;
}

// The lower rate first: twice as many symbols have the same levels.
void level_meter::conclude()
{
    d_baud = 0.0;
    for (size_t i = 0; i < BAUDS.size() && d_baud == 0.0; i++)
        if (const double outer = outer_of_four(d_levels[i]); outer > 0.0) {
            d_baud = BAUDS[i];
            d_deviation = outer;
        }
}

} // namespace rfattn
} // namespace gr
