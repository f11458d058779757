/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "channel_search.h"
#include "base/extreme_sample.h"

#include <volk/volk.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace gr {
namespace rfattn {

namespace {

constexpr double MARGIN = 0.15; // of the width, on both sides

// Half the width that is looked at. Beyond 0 Hz the mirror image begins, in real samples.
double reach(double centre, double lower, double upper)
{
    double margin = MARGIN * (upper - lower);
    if ((centre + lower) * (centre + upper) > 0.0)
        margin = std::min({ margin, std::abs(centre + lower), std::abs(centre + upper) });
    return std::max(std::abs(lower), std::abs(upper)) + margin;
}

} // namespace

channel_search::channel_search(double rate,
                               double centre,
                               double lower,
                               double upper,
                               bool has_checked_alone,
                               const char* proved)
    : d_filter(reach(centre, lower, upper) / rate),
      d_symbols(rate)
{
    const double width = upper - lower;
    for (const auto& format : sync_formats())
        if (format.least_width <= width && width <= format.most_width &&
            (!has_checked_alone || format.has_checksum()))
            d_symbols.add_format(
                format, !has_checked_alone, proved && format.name == std::string(proved));
    for (const auto& tones : subcarriers())
        if (tones.least_width <= width && width <= tones.most_width &&
            rate >= 2.0 * (tones.centre + tones.edge) &&
            (!has_checked_alone || tones.formats.front().has_checksum()))
            d_subcarriers.emplace_back(rate, tones, proved);
    for (const auto& tones : d_subcarriers)
        d_has_amplitude |= tones.is_amplitude();
    if (!has_checked_alone && pilot_sync::LEAST_WIDTH <= width &&
        width <= pilot_sync::MOST_WIDTH && rate >= pilot_sync::LEAST_RATE)
        d_pilot.emplace(rate);
}

bool channel_search::has_formats() const
{
    return d_symbols.has_formats() || d_pilot || !d_subcarriers.empty();
}

void channel_search::break_off(uint64_t first)
{
    d_filter.restart();
    d_frequency.restart();
    d_symbols.break_off(static_cast<double>(first));
    for (auto& tones : d_subcarriers)
        tones.break_off(first);
    if (d_pilot)
        d_pilot->break_off();
}

void channel_search::add(const gr_complex* samples, size_t count)
{
    const bool is_reading = d_symbols.is_reading();
    if (!is_reading && !d_pilot && d_subcarriers.empty())
        return;
    d_filtered.clear();
    d_filter.add(samples, count, [this](gr_complex filtered) {
        d_filtered.push_back(zero_if_extreme(filtered));
    });
    d_frequency.run(d_filtered, d_turns);
    if (d_has_amplitude) {
        d_amplitudes.resize(count);
        volk_32fc_magnitude_32f(
            d_amplitudes.data(), d_filtered.data(), static_cast<unsigned>(count));
    }
    if (is_reading)
        d_symbols.add(d_filtered.data(), d_turns.data(), count);
    for (auto& tones : d_subcarriers)
        tones.add(tones.is_amplitude() ? d_amplitudes : d_turns);
    if (d_pilot)
        d_pilot->add(d_turns);
}

void channel_search::take_frames(std::vector<checked_frame>& frames)
{
    d_symbols.take_frames(d_frames);
    for (auto& tones : d_subcarriers)
        tones.take_frames(d_frames);
    move_frames(d_frames, frames, -static_cast<double>(d_filter.delay()), 1.0);
}

// Of tones that modulate the frequency, the frequency itself may show the frames, too.
sync_found channel_search::found() const
{
    const auto tones =
        sync_found::best(d_subcarriers, [](const auto& s) { return s.found(); });
    if (tones.name)
        return tones;
    return d_pilot ? sync_found::better(d_symbols.found(), d_pilot->found())
                   : d_symbols.found();
}

} // namespace rfattn
} // namespace gr
