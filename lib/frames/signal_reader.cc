/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "signal_reader.h"

#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

void signal_reader::restart(double rate, double centre, double lower, double upper)
{
    if (is_over())
        return;
    finish_cells();
    d_rate = rate;
    d_next = 0;
    d_symbols.emplace(rate, centre, lower, upper);
    if (!d_symbols->has_formats())
        d_symbols.reset();
    d_pulses.reset();
    if (rate >= pulse_sync::LEAST_RATE && upper - lower >= pulse_sync::LEAST_WIDTH &&
        upper - lower <= pulse_sync::MOST_WIDTH)
        d_pulses.emplace(rate);
    d_cells.clear();
    const double middle = 0.5 * (lower + upper);
    add_cell(lower, upper, middle);
    if (std::abs(middle + centre) > lte_sync::MOST_OFFSET)
        add_cell(lower, upper, -centre); // receivers are often tuned to it
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
    if (is_over())
        return false;
    d_searched += static_cast<double>(count);
    d_searched_s += static_cast<double>(count) / d_rate;
    const bool follows = first == d_next;
    d_next = first + count;
    if (d_symbols) {
        if (!follows)
            d_symbols->break_off();
        d_symbols->add(samples, count);
        if (d_pulse_s == 0.0) // no words of keyed phase or frequency
            d_found = sync_found::better(d_found, d_symbols->found());
        d_speech = d_symbols->speech().value_or(d_speech);
        take_levels();
        take_runs();
        take_pulses();
    }
    if (d_pulses) {
        if (!follows)
            d_pulses->break_off();
        d_pulses->add(samples, count);
        d_found = sync_found::better(d_found, d_pulses->found());
    }
    for (auto& cell : d_cells) {
        cell.add(first, samples, count);
        d_found = sync_found::better(d_found, cell.found());
    }
    return is_news();
}

bool signal_reader::add_tones(uint64_t first, const gr_complex* samples, size_t count)
{
    if (is_over() || !d_tones)
        return false;
    d_tones->add(first, samples, count);
    d_found = sync_found::better(d_found, d_tones->found());
    return is_news();
}

bool signal_reader::finish()
{
    finish_cells();
    const size_t before = d_absent.size();
    if (d_next > 0 && d_symbols) { // samples came
        d_absent = d_symbols->expected();
        d_symbols->finish();
        d_speech = d_symbols->speech().value_or(d_speech);
        if (const double rate = d_symbols->preamble_rate(); rate > 0.0)
            d_preamble_rate = rate;
        take_levels();
        take_runs();
        take_pulses();
    }
    bool any = is_news(); // all are to be noted
    any |= is_another_preamble();
    return any || d_absent.size() != before;
}

// More bursts change the measured rate a little each time.
bool signal_reader::is_another_preamble()
{
    const double difference = std::abs(d_preamble_rate - d_reported_preamble);
    if (difference <= preamble_meter::SAME * d_reported_preamble)
        return false;
    d_reported_preamble = d_preamble_rate;
    return true;
}

void signal_reader::take_levels()
{
    if (const auto levels = d_symbols->levels(); levels.baud > 0.0)
        d_levels = levels;
}

void signal_reader::take_runs()
{
    if (const int run = d_symbols->longest_run(); run > 0)
        d_longest_run = run;
    if (const double rate = d_symbols->run_rate(); rate > 0.0)
        d_run_rate = rate;
}

void signal_reader::take_pulses()
{
    const double pulse_s = d_symbols->pulse_s();
    if (pulse_s == 0.0)
        return;
    if (d_pulse_s == 0.0)
        d_found = {};
    d_pulse_s = pulse_s;
}

void signal_reader::finish_cells()
{
    for (auto& cell : d_cells) {
        cell.finish();
        d_found = sync_found::better(d_found, cell.found());
    }
}

bool signal_reader::is_news()
{
    if (d_found.name)
        d_absent.clear();
    const auto differs = [](auto& reported, auto now) {
        return std::exchange(reported, now) != now;
    };
    bool any = differs(d_reported, d_found.name); // all are to be noted
    any |= differs(d_reported_speech, d_speech);
    any |= differs(d_reported_baud, d_levels.baud);
    any |= differs(d_reported_keyed, d_pulse_s > 0.0);
    any |= differs(d_reported_run, d_longest_run);
    any |= differs(d_reported_runs, d_run_rate > 0.0);
    return any;
}

} // namespace rfattn
} // namespace gr
