/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keying_meter.h"
#include "base/levels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LEAST_TURNS = 16, MOST_TURNS = 131072, MOST_BURSTS = 64;
constexpr double LEVEL = 0.95;      // quantile of the amplitude: that of pulses
constexpr float ON = 0.5f;          // of that level
constexpr double MOST_OFF = 0.25;   // of it, mean amplitude between pulses
constexpr size_t EDGE = 1;          // samples in which a filter rises
constexpr size_t LEAST_PULSE = 6;   // samples, of which something can be said
constexpr size_t LEAST_PAUSE = 5;   // shorter ones are fades
constexpr double RIPPLE = 0.3;      // of the amplitude within a pulse, at most
constexpr size_t PARTS = 16;        // of a pulse, whose frequencies are compared
constexpr size_t LEAST_PART = 4;    // samples
constexpr double MOST_TURN = 0.8;   // radians between the turns of neighbouring parts
constexpr double MOST_PARTS = 0.75; // of the parts, that turn no more
constexpr size_t LEAST_PULSES = 12;
constexpr double QUIET = 0.1; // of the level, between pulses
constexpr double LEAST_SHARE = 0.8, LEAST_LOUD_SHARE = 0.95; // of all pulses
constexpr double DIFFERENT = 1.6; // long pulses or pauses, times short ones
constexpr double LONG_PAUSES =
    0.3; // of the pulses: those of contactless readers are shorter
constexpr double SHORT = 0.1, LONG = 0.9; // quantiles

struct pulse {
    size_t first, end;

    size_t length() const { return end - first; }
};

std::vector<pulse> pulses_of(const std::vector<float>& amplitudes, float least)
{
    std::vector<pulse> found;
    for (size_t i = 0; i < amplitudes.size(); i++) {
        if (amplitudes[i] <= least)
            continue;
        if (!found.empty() && found.back().end == i)
            found.back().end = i + 1;
        else
            found.push_back({ i, i + 1 });
    }
    return found;
}

// Mean amplitude between pulses; 0 of none.
double level_between(const std::vector<float>& amplitudes,
                     const std::vector<pulse>& pulses)
{
    double sum = 0.0, count = 1e-9;
    for (size_t i = 1; i < pulses.size(); i++)
        for (size_t k = pulses[i - 1].end + EDGE; k + EDGE < pulses[i].first; k++) {
            sum += amplitudes[k];
            count++;
        }
    return sum / count;
}

bool has_constant_amplitude(const std::vector<float>& amplitudes, const pulse& p)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = p.first; i < p.end; i++) {
        sum += amplitudes[i];
        squares += static_cast<double>(amplitudes[i]) * amplitudes[i];
    }
    const double mean = sum / static_cast<double>(p.length());
    return squares / static_cast<double>(p.length()) <
           (1.0 + RIPPLE * RIPPLE) * mean * mean;
}

// Whether the frequency drifts at most.
bool has_steady_frequency(const std::vector<float>& turns, const pulse& p)
{
    const size_t size = std::max(LEAST_PART, p.length() / PARTS);
    std::vector<float> changes;
    float before = 0.0f;
    for (size_t at = p.first; at + size <= p.end; at += size) {
        const auto part = turns.begin() + static_cast<long>(at);
        const float turned = std::accumulate(part, part + static_cast<long>(size), 0.0f);
        if (at > p.first)
            changes.push_back(std::abs(turned - before));
        before = turned;
    }
    return quantile(changes, MOST_PARTS) < MOST_TURN;
}

bool differ(const std::vector<float>& lengths)
{
    return quantile(lengths, LONG) > DIFFERENT * quantile(lengths, SHORT);
}

} // namespace

keying_meter::keying_meter(double rate)
    : burst_meter(LEAST_TURNS, MOST_TURNS, MOST_BURSTS),
      d_rate(rate)
{
}

void keying_meter::look(const std::vector<float>& turns,
                        const std::vector<float>& amplitudes)
{
    const auto level = static_cast<float>(quantile(amplitudes, LEVEL));
    const auto pulses = pulses_of(amplitudes, ON * level);
    const double off = level_between(amplitudes, pulses) / std::max(level, 1e-30f);
    const size_t before = d_pulses.size();
    for (size_t i = 0; i < pulses.size(); i++) {
        const pulse& p = pulses[i];
        if (p.length() < LEAST_PULSE)
            continue;
        const pulse inner{ p.first + EDGE, p.end - EDGE };
        const size_t pause = i > 0 ? p.first - pulses[i - 1].end : LEAST_PAUSE;
        if (off > MOST_OFF || pause < LEAST_PAUSE ||
            !has_constant_amplitude(amplitudes, inner) ||
            !has_steady_frequency(turns, inner)) {
            d_others++;
            continue;
        }
        d_pulses.push_back(static_cast<float>(p.length()));
        if (i > 0)
            d_pauses.push_back(static_cast<float>(pause));
    }
    if (d_pulses.size() > before)
        d_between = std::max(d_between, off);
    d_pulse_s = is_keyed() ? quantile(d_pulses, SHORT) / d_rate : 0.0;
}

void keying_meter::report(findings& found) const
{
    if (d_pulse_s > 0.0)
        found.set(PULSE_S, d_pulse_s, findings::ANY_CHANGE);
}

bool keying_meter::is_keyed() const
{
    const auto count = static_cast<double>(d_pulses.size());
    const double share = d_between < QUIET ? LEAST_SHARE : LEAST_LOUD_SHARE;
    return d_pulses.size() >= LEAST_PULSES &&
           count >= share * (count + static_cast<double>(d_others)) &&
           quantile(d_pauses, 0.5) > LONG_PAUSES * quantile(d_pulses, 0.5) &&
           (differ(d_pulses) || differ(d_pauses));
}

} // namespace rfattn
} // namespace gr
