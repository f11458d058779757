/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The noise floor of the detector: when it is estimated, and what of it is none.

#include "base/levels.h"
#include "detector.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_WIDE_HZ = 400.0; // least width of noise in audio
constexpr double FLOOR_EVERY = 16;      // blocks of the floor

} // namespace

void detector::update_floor(bool last)
{
    if (!d_warm) {
        start_floor(last);
        return;
    }
    if (!d_is_judged && d_gaussian_test.can_judge())
        judge_again();
    if (const auto step = find_gain_step(); step.factor != 1.0)
        apply_gain_step(step);
    const bool jumped = d_floor->jumped();
    if (!jumped && d_floor->age() < FLOOR_EVERY)
        return;
    const bool fell = jumped && d_floor->fell();
    const uint64_t start = fell ? start_of_fall() : 0;
    if (!jumped)
        keep_floor_below_signals();
    d_floor->estimate();
    take_floor();
    if (fell)
        forget_before(start * d_layers.front().rows->hop());
    update_skirts();
}

// The first floor, and what is on the air already.
void detector::start_floor(bool last)
{
    if ((!d_floor->warm() && !last) || !d_floor->estimate(last))
        return;
    d_is_judged = d_gaussian_test.can_judge();
    if (d_is_judged)
        leave_out_filling();
    take_floor();
    fill_absent_rows();
    update_skirts();
    d_warm = true;
    find_filling();
    fill_maps(d_layers.front(), d_layers.front().rows->end());
}

// In narrow bands it takes longer than the first floor.
void detector::judge_again()
{
    d_is_judged = true;
    if (!(d_floor->is_audio() ? leave_out_audio() : leave_out_filling()))
        return;
    d_floor->estimate();
    take_floor();
    update_skirts();
    restart_maps();
    find_filling();
}

void detector::find_filling()
{
    if (d_floor->is_filled()) {
        const auto first = static_cast<double>(d_absent.first_present()),
                   now = static_cast<double>(d_samples);
        d_tracker->add_filling({ first, now, d_floor->lowest(), d_floor->highest() },
                               now);
    }
    find_continuous();
    if (d_is_judged && !d_floor->is_audio())
        d_gaussian_test.forget();
}

void detector::take_floor()
{
    d_floor->cut_to_pauses();
    d_noise->update(*d_floor);
    for (auto& l : d_layers) {
        const auto& noise = d_noise->of(*l.rows);
        for (int i = 0; i < l.rows->n_bins(); i++)
            l.inverse_noise[i] = 1.0f / noise[i];
    }
    const auto& first = *d_layers.front().rows;
    d_inverse_usual.resize(first.n_bins());
    for (int i = 0; i < first.n_bins(); i++) {
        const double usual = d_floor->usual(first.lower_edge(i), first.lower_edge(i + 1));
        d_inverse_usual[i] = usual > 0.0 ? static_cast<float>(1.0 / usual) : 0.0f;
    }
}

// In audio what stays is the floor, but for a wide signal that is not found yet. Returns
// whether there is one.
bool detector::leave_out_audio()
{
    noise_floor::bands signals;
    for (const auto& band : d_floor->audio_rises()) {
        const auto has_wide = [&](const emission_tracker::mask& m) {
            return m.band.width() > LEAST_WIDE_HZ &&
                   overlap(m.band.lower, m.band.upper, band.first, band.second) > 0.0;
        };
        const auto& found = d_tracker->masks();
        if (std::none_of(found.begin(), found.end(), has_wide) &&
            d_gaussian_test.holds(noise_or_signal::SIGNAL, band.first, band.second))
            signals.push_back(band);
    }
    const bool any = !signals.empty();
    if (any)
        d_floor->keep_below(std::move(signals), false);
    return any;
}

// In audio a signal on the air would become the floor. One that was told from noise once
// is one as long as it is on the air.
void detector::keep_floor_below_signals()
{
    if (!d_floor->is_audio())
        return;
    const auto is_known = [&](const box& band) {
        const auto& known = d_floor->signals();
        return std::any_of(known.begin(), known.end(), [&](const auto& k) {
            return overlap(k.first, k.second, band.lower, band.upper) >
                   0.5 * band.width();
        });
    };
    noise_floor::bands signals;
    for (const auto& mask : d_tracker->masks())
        if (const box& band = mask.band;
            band.width() > LEAST_WIDE_HZ &&
            (is_known(band) ||
             d_gaussian_test.holds(noise_or_signal::SIGNAL, band.lower, band.upper)))
            signals.emplace_back(band.lower, band.upper);
    d_floor->keep_below(std::move(signals), true);
}

// A signal that fills the band, or most of it, is found only if the floor is below it.
// Returns whether there is one.
bool detector::leave_out_filling()
{
    const double share = d_gaussian_test.signal_share(*d_floor);
    const auto wide = d_floor->wide_signal();
    if (d_gaussian_test.holds(noise_or_signal::NOISE, wide.first, wide.second)) {
        d_floor->take_for_filter();
        return true;
    }
    bool has_noise_beside = false;
    while (d_floor->is_filtered() && !d_floor->has_even_filter() &&
           d_floor->leave_out(false))
        has_noise_beside = true;
    const auto [lower, upper] = d_floor->raised();
    if (d_gaussian_test.is_signal(*d_floor, lower, upper) && d_floor->leave_out(true))
        has_noise_beside = true;
    if (has_noise_beside || share == 0.0)
        return has_noise_beside;
    d_floor->set_signal_share(share);
    d_floor->estimate();
    return true;
}

// What filled the band would look like signals.
void detector::forget_before(uint64_t sample)
{
    for (auto& l : d_layers)
        l.rows->forget_before(sample);
    restart_maps();
}

} // namespace rfattn
} // namespace gr
