/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "signal_reader.h"

#include <cmath>
#include <limits>
#include <utility>

namespace gr {
namespace rfattn {

void signal_reader::restart(double rate, double centre, double lower, double upper)
{
    if (is_over() && !reads_on())
        return;
    if (!is_over())
        finish_cells();
    d_rate = rate;
    d_centre = centre;
    d_lower = lower;
    d_upper = upper;
    d_next = d_origin = 0;
    make_searches();
    d_cells.clear();
    const double middle = 0.5 * (lower + upper);
    add_cell(lower, upper, middle);
    if (std::abs(middle + centre) > lte_sync::MOST_OFFSET)
        add_cell(lower, upper, -centre); // receivers are often tuned to it
}

void signal_reader::make_searches()
{
    d_has_checked_alone = is_over();
    d_symbols.emplace(
        d_rate, d_centre, d_lower, d_upper, d_has_checked_alone, d_found.name);
    if (!d_symbols->has_formats())
        d_symbols.reset();
    const double width = d_upper - d_lower;
    d_pulses.reset();
    if (d_rate >= pulse_sync::LEAST_RATE && width >= pulse_sync::LEAST_WIDTH &&
        width <= pulse_sync::MOST_WIDTH)
        d_pulses.emplace(d_rate);
    d_chirps.emplace(d_rate, width);
    if (d_has_checked_alone || !d_chirps->has_formats())
        d_chirps.reset();
    d_ofdm.emplace(d_rate, width);
    if (d_has_checked_alone || !d_ofdm->has_formats())
        d_ofdm.reset();
}

void signal_reader::restart_tones(double rate, double centre, double lower, double upper)
{
    if (is_over())
        return;
    std::optional<tone_sync> tones(std::in_place, rate, centre, lower, upper);
    if (!tones->has_formats())
        tones.reset();
    else if (d_tones)
        tones->continue_from(*d_tones);
    d_tones = std::move(tones);
}

void signal_reader::take_tones(const signal_reader& other)
{
    if (d_tones && other.d_tones)
        d_tones->take_rows(*other.d_tones);
}

void signal_reader::add_cell(double lower, double upper, double middle)
{
    if (d_found.name || middle <= lower || upper <= middle)
        return;
    lte_sync cell(d_rate, lower, upper, middle);
    if (cell.has_formats())
        d_cells.push_back(std::move(cell));
}

bool signal_reader::add(uint64_t first, const gr_complex* samples, size_t count)
{
    const bool was_over = is_over();
    if (was_over && !reads_on())
        return false;
    d_searched += static_cast<double>(count);
    d_searched_s += static_cast<double>(count) / d_rate;
    if (first == 0 || first != d_next)
        begin_burst(first);
    d_next = first + count;
    each([&](auto& one) { one.add(samples, count); });
    for (auto& cell : d_cells)
        cell.add(first, samples, count);
    if (!was_over) {
        each([this](const auto& one) { take(one.found()); });
        for (const auto& cell : d_cells)
            take(cell.found());
    }
    if (d_has_contents)
        collect();
    return !was_over && is_news();
}

// What comes does not follow what came.
void signal_reader::begin_burst(uint64_t first)
{
    if (d_symbols)
        d_symbols->break_off(first);
    if (d_has_contents)
        collect(); // what the end of the burst before completed
    d_origin = first;
    if (is_over() && !d_has_checked_alone) {
        make_searches();
        if (d_symbols)
            d_symbols->break_off(first);
    }
    if (d_pulses)
        d_pulses->break_off();
    if (d_chirps)
        d_chirps->break_off();
    if (d_ofdm)
        d_ofdm->break_off();
}

template <class Use>
void signal_reader::each(Use use)
{
    const auto use_if_made = [&](auto& search) {
        if (search)
            use(*search);
    };
    use_if_made(d_symbols);
    use_if_made(d_pulses);
    use_if_made(d_chirps);
    use_if_made(d_ofdm);
}

void signal_reader::collect()
{
    std::vector<checked_frame> in_samples, in_seconds;
    if (d_symbols)
        d_symbols->take_frames(in_samples);
    if (d_pulses)
        d_pulses->take_frames(in_samples);
    move_frames(in_samples, in_seconds, static_cast<double>(d_origin) / d_rate, d_rate);
    for (auto& frame : in_seconds)
        d_frames.add(std::move(frame));
    if (d_pulses && reads_on())
        d_pulses->read_all();
    if (is_over() && reads_on())
        d_cells.clear();
}

std::vector<checked_frame> signal_reader::take_frames(bool is_final)
{
    const double now = static_cast<double>(d_next) / d_rate;
    return d_frames.take(is_final ? std::numeric_limits<double>::infinity()
                                  : now - HELD_S);
}

bool signal_reader::add_tones(uint64_t first, const gr_complex* samples, size_t count)
{
    if (is_over() || !d_tones)
        return false;
    d_tones->add(first, samples, count);
    take(d_tones->found());
    return is_news();
}

bool signal_reader::finish(bool is_last)
{
    finish_cells();
    if (is_last && d_tones && !is_over()) {
        d_tones->finish();
        take(d_tones->found());
    }
    return is_news();
}

void signal_reader::finish_cells()
{
    for (auto& cell : d_cells) {
        cell.finish();
        take(cell.found());
    }
}

bool signal_reader::is_news()
{
    return std::exchange(d_reported, d_found.name) != d_found.name;
}

} // namespace rfattn
} // namespace gr
