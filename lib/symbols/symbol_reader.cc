/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_reader.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_SAMPLES = 1.2; // of a symbol
constexpr size_t ERASED = 4096;       // samples at a time

} // namespace

void symbol_reader::add_format(const sync_format& format, bool is_bounded, bool is_proved)
{
    if (d_rate < LEAST_SAMPLES * format.baud)
        return;
    clock_of(format.baud, format.is_phase).add(format, is_bounded, is_proved);
    d_has_phase_keying |= format.is_phase;
    if (format.is_coherent)
        d_coherent.emplace_back(d_rate, format, is_proved);
}

symbol_clock& symbol_reader::clock_of(double baud, bool is_phase)
{
    for (auto& clock : d_clocks)
        if (clock.baud() == baud && clock.is_phase() == is_phase)
            return clock;
    return d_clocks.emplace_back(baud, d_rate / baud, is_phase, d_is_centred);
}

void symbol_reader::break_off(double first)
{
    d_first = d_read = 0;
    d_phase.clear();
    d_sums.clear();
    for (auto& clock : d_clocks)
        clock.restart(first);
    for (auto& reader : d_coherent)
        reader.break_off(first);
}

bool symbol_reader::is_over(const symbol_clock& clock) const
{
    const double longest = clock.longest_s() * d_rate;
    return longest > 0.0 && static_cast<double>(d_read) > longest;
}

bool symbol_reader::is_reading() const
{
    return !std::all_of(d_clocks.begin(), d_clocks.end(), [this](const auto& clock) {
        return is_over(clock);
    });
}

void symbol_reader::add(const gr_complex* samples, const float* turns, size_t count)
{
    for (auto& reader : d_coherent)
        reader.add(samples, count);
    double phase = d_phase.empty() ? 0.0 : d_phase.back();
    for (size_t n = 0; n < count; n++)
        d_phase.push_back(phase += static_cast<double>(turns[n]));
    if (d_has_phase_keying) {
        std::complex<double> sum = d_sums.empty() ? 0.0 : d_sums.back();
        for (size_t n = 0; n < count; n++)
            d_sums.push_back(sum += std::complex<double>(samples[n]));
    }
    read();
}

void symbol_reader::read()
{
    for (auto& clock : d_clocks)
        if (!is_over(clock))
            clock.run(d_phase, d_sums, d_first);
    d_read = d_first + d_phase.size();
    drop_used();
}

// Many at a time, since what stays is moved.
void symbol_reader::drop_used()
{
    uint64_t needed = d_first + d_phase.size();
    for (const auto& clock : d_clocks)
        if (!is_over(clock))
            needed = std::min(needed, clock.needed());
    if (needed < d_first + ERASED)
        return;
    const auto used = static_cast<ptrdiff_t>(needed - d_first);
    d_phase.erase(d_phase.begin(), d_phase.begin() + used);
    if (d_has_phase_keying) {
        d_sums.erase(d_sums.begin(), d_sums.begin() + used);
        const auto all = d_sums.empty() ? 0.0 : d_sums.back();
        for (auto& sum : d_sums) // sums from now on, as in symbol_row
            sum -= all;
        for (auto& clock : d_clocks)
            clock.subtract(all);
    }
    d_first = needed;
}

void symbol_reader::take_frames(std::vector<checked_frame>& frames)
{
    for (auto& clock : d_clocks)
        move_frames(clock.frames(), frames, 0.0, 1.0);
    for (auto& reader : d_coherent)
        reader.take_frames(frames);
}

sync_found symbol_reader::found() const
{
    const auto found = [](const auto& one) { return one.found(); };
    return sync_found::better(sync_found::best(d_clocks, found),
                              sync_found::best(d_coherent, found));
}

} // namespace rfattn
} // namespace gr
