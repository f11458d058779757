/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "subcarrier_sync.h"

#include <algorithm>
#include <string>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_RATE = 14e3; // Hz
constexpr double MEAN_S = 5e-3;     // of the carrier, or the offset of the frequency

} // namespace

subcarrier_sync::subcarrier_sync(double rate, const subcarrier& tones, const char* proved)
    : d_is_amplitude(tones.is_amplitude),
      d_band(rate, tones.centre, LEAST_RATE),
      d_filter(tones.edge / d_band.rate()),
      d_symbols(d_band.rate(), true),
      d_weight(std::min(1.0, 1.0 / (MEAN_S * rate))),
      d_rate(rate)
{
    for (const auto& format : tones.formats)
        d_symbols.add_format(format, true, proved && format.name == std::string(proved));
}

void subcarrier_sync::add(const std::vector<float>& audio)
{
    d_shifted.clear();
    for (const float sample : audio) {
        d_mean += d_weight * (static_cast<double>(sample) - d_mean);
        d_band.add(sample - static_cast<float>(d_mean),
                   [this](gr_complex shifted) { d_shifted.push_back(shifted); });
    }
    d_filtered.clear();
    d_filter.add(d_shifted.data(), d_shifted.size(), [this](gr_complex sample) {
        d_filtered.push_back(sample);
    });
    d_frequency.run(d_filtered, d_turns);
    d_symbols.add(d_filtered.data(), d_turns.data(), d_filtered.size());
}

void subcarrier_sync::take_frames(std::vector<checked_frame>& frames)
{
    const double ratio = d_band.rate() / d_rate;
    const size_t begin = frames.size();
    d_symbols.take_frames(d_frames);
    move_frames(d_frames, frames, -static_cast<double>(d_filter.delay()) / ratio, ratio);
    for (size_t k = begin; k < frames.size(); k++)
        frames[k].found_by = checked_frame::origin::TONES;
}

void subcarrier_sync::break_off(uint64_t first)
{
    d_band.restart();
    d_filter.restart();
    d_frequency.restart();
    d_symbols.break_off(static_cast<double>(first) * d_band.rate() / d_rate);
    d_mean = 0.0;
}

} // namespace rfattn
} // namespace gr
