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
constexpr double WIDER = 1.3;   // a filter may be than what a format needs

// Half the width that is looked at. Beyond 0 Hz the mirror image begins, in real samples.
double reach(double centre, double lower, double upper)
{
    double margin = MARGIN * (upper - lower);
    if ((centre + lower) * (centre + upper) > 0.0)
        margin = std::min({ margin, std::abs(centre + lower), std::abs(centre + upper) });
    return std::max(std::abs(lower), std::abs(upper)) + margin;
}

void measure(const std::vector<gr_complex>& samples, std::vector<float>& amplitudes)
{
    amplitudes.resize(samples.size());
    volk_32fc_magnitude_32f(
        amplitudes.data(), samples.data(), static_cast<unsigned>(samples.size()));
}

} // namespace

channel_search::channel_search(double rate,
                               double centre,
                               double lower,
                               double upper,
                               bool has_checked_alone,
                               const char* proved)
    : d_rate(rate),
      d_most_edge((centre + lower) * (centre + upper) > 0.0 ? std::abs(centre) : rate)
{
    const double edge = reach(centre, lower, upper);
    d_paths.push_back({ edge, false, channel_filter(edge / rate), symbol_reader(rate) });
    const double width = upper - lower;
    for (const auto& format : sync_formats())
        if (fits(width, format) && (!has_checked_alone || format.has_checksum()))
            path_for(format.width, format.is_amplitude)
                .symbols.add_format(format,
                                    !has_checked_alone,
                                    proved && format.name == std::string(proved));
    for (const auto& tones : subcarriers())
        if (fits(width, tones) && rate >= 2.0 * (tones.centre + tones.edge) &&
            (!has_checked_alone || tones.formats.front().has_checksum()))
            d_subcarriers.emplace_back(rate, tones, proved);
    for (const auto& tones : d_subcarriers)
        d_has_amplitude |= tones.is_amplitude();
    if (!has_checked_alone && pilot_sync::LEAST_WIDTH <= width &&
        width <= pilot_sync::MOST_WIDTH && rate >= pilot_sync::LEAST_RATE)
        d_pilot.emplace(rate);
}

channel_search::path& channel_search::path_for(double width, bool is_amplitude)
{
    const double least = d_paths.front().edge;
    const double edge = std::max(least, std::min(0.5 * width, d_most_edge));
    for (auto& p : d_paths)
        if (p.is_amplitude == is_amplitude && edge <= p.edge &&
            (edge == least || p.edge <= WIDER * edge))
            return p;
    d_paths.push_back(
        { edge, is_amplitude, channel_filter(edge / d_rate), symbol_reader(d_rate) });
    return d_paths.back();
}

bool channel_search::has_formats() const
{
    return d_pilot || !d_subcarriers.empty() ||
           std::any_of(d_paths.begin(), d_paths.end(), [](const path& p) {
               return p.symbols.has_formats();
           });
}

void channel_search::break_off(uint64_t first)
{
    for (auto& p : d_paths) {
        p.filter.restart();
        p.frequency.restart();
        p.symbols.break_off(static_cast<double>(first));
    }
    for (auto& tones : d_subcarriers)
        tones.break_off(first);
    if (d_pilot)
        d_pilot->break_off();
}

void channel_search::path::add(const gr_complex* samples, size_t count)
{
    filtered.clear();
    filter.add(samples, count, [this](gr_complex sample) {
        filtered.push_back(zero_if_extreme(sample));
    });
    if (is_amplitude)
        measure(filtered, levels);
    else
        frequency.run(filtered, levels);
    if (symbols.is_reading())
        symbols.add(filtered.data(), levels.data(), count);
}

void channel_search::add(const gr_complex* samples, size_t count)
{
    for (auto& p : d_paths) {
        const bool is_first = &p == &d_paths.front();
        if (p.symbols.is_reading() || (is_first && (d_pilot || !d_subcarriers.empty())))
            p.add(samples, count);
    }
    const path& first = d_paths.front();
    if (d_has_amplitude)
        measure(first.filtered, d_amplitudes);
    for (auto& tones : d_subcarriers)
        tones.add(tones.is_amplitude() ? d_amplitudes : first.levels);
    if (d_pilot)
        d_pilot->add(first.levels);
}

void channel_search::take_frames(std::vector<checked_frame>& frames)
{
    for (auto& p : d_paths) {
        p.symbols.take_frames(d_frames);
        if (&p == &d_paths.front())
            for (auto& tones : d_subcarriers)
                tones.take_frames(d_frames);
        move_frames(d_frames, frames, -static_cast<double>(p.filter.delay()), 1.0);
    }
}

// Of tones that modulate the frequency, the frequency itself may show the frames, too.
sync_found channel_search::found() const
{
    const auto tones =
        sync_found::best(d_subcarriers, [](const auto& s) { return s.found(); });
    if (tones.name)
        return tones;
    const auto words =
        sync_found::best(d_paths, [](const path& p) { return p.symbols.found(); });
    return d_pilot ? sync_found::better(words, d_pilot->found()) : words;
}

} // namespace rfattn
} // namespace gr
