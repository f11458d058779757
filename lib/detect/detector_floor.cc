/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The noise floor of the detector: when it is estimated, and what of it is none.

#include "base/levels.h"
#include "detector.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_WIDE_HZ = 400.0; // of audio: what is narrower is never the floor
constexpr double FLOOR_EVERY = 16;      // blocks of the floor
constexpr double OTHER_LEVEL_DB = 3.0;  // between levels of noise
constexpr double LOOK_S = 0.004;        // of rows whose level is measured together
constexpr int LOOKED_AT = 256;          // bins

// Median over the band of the mean of some rows, dB above the noise.
double level_of(const spectrogram& s,
                uint64_t first,
                uint64_t end,
                const volk::vector<float>& inverse_noise)
{
    const int step = std::max(1, s.n_bins() / LOOKED_AT);
    std::vector<float> ratio;
    for (int i = 0; i < s.n_bins(); i += step) {
        float sum = 0.0f;
        for (uint64_t r = first; r < end; r++)
            sum += s.row(r)[i];
        ratio.push_back(sum * inverse_noise[i] / static_cast<float>(end - first));
    }
    return level_db(quantile(ratio, 0.5));
}

uint64_t rows_of_look(const spectrogram& s)
{
    return std::max<uint64_t>(2, std::llround(LOOK_S / s.row_s()));
}

} // namespace

void detector::update_floor(bool last)
{
    if (!d_warm) {
        start_floor(last);
        return;
    }
    if (!d_is_audio_judged && d_gaussian_test.can_judge_again())
        judge_audio();
    const bool returned = has_returned(); // to the level of before a jump
    if (returned)
        d_floor->go_back();
    const bool fell = d_floor->fell(), knew = d_floor->knows_before();
    const bool jumped = !returned && d_floor->jumped();
    if (!returned && !jumped && d_floor->age() < FLOOR_EVERY)
        return;
    if (!jumped)
        keep_floor_below_signals();
    d_floor->estimate();
    if (returned || (jumped && (!knew || fell != d_floor->fell())))
        d_before = d_layers.front().inverse_noise;
    take_floor();
    if (returned || (jumped && d_floor->fell()))
        forget_before(start_of_level());
    update_skirts();
}

// The first floor, and what is on the air already.
void detector::start_floor(bool last)
{
    if ((!d_floor->warm() && !last) || !d_floor->estimate(last))
        return;
    const bool is_filled = find_filled_band();
    if (!is_filled && !d_floor->is_one_sided())
        d_floor->learn_response([&](double lower, double upper) {
            return d_gaussian_test.judge(lower, upper);
        });
    take_floor();
    fill_absent_rows();
    update_skirts();
    d_warm = true;
    if (is_filled) {
        const auto first = static_cast<double>(d_absent.first_present()),
                   now = static_cast<double>(d_samples);
        d_tracker->add_filling({ first, now, d_floor->lowest(), d_floor->highest() },
                               now);
    }
    find_continuous();
    if (!d_floor->is_audio())
        d_gaussian_test.forget();
    fill_maps(d_layers.front(), d_layers.front().rows->end());
}

void detector::take_floor()
{
    d_noise->update(*d_floor);
    for (auto& l : d_layers) {
        const auto& noise = d_noise->of(*l.rows);
        for (int i = 0; i < l.rows->n_bins(); i++)
            l.inverse_noise[i] = 1.0f / noise[i];
    }
}

// In audio what stays is the floor, but for a wide signal that is not found yet.
void detector::judge_audio()
{
    d_is_audio_judged = true;
    noise_floor::bands signals;
    for (const auto& band : d_floor->audio_rises()) {
        const auto has_wide = [&](const emission_tracker::mask& m) {
            return m.band.width() > LEAST_WIDE_HZ &&
                   overlap(m.band.lower, m.band.upper, band.first, band.second) > 0.0;
        };
        const auto& found = d_tracker->masks();
        if (std::none_of(found.begin(), found.end(), has_wide) &&
            d_gaussian_test.judge(band.first, band.second) == noise_or_signal::SIGNAL)
            signals.push_back(band);
    }
    if (signals.empty())
        return;
    d_floor->keep_below(std::move(signals), false);
    d_floor->estimate();
    take_floor();
    update_skirts();
    restart_maps();
    find_continuous();
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
             d_gaussian_test.judge(band.lower, band.upper) == noise_or_signal::SIGNAL))
            signals.emplace_back(band.lower, band.upper);
    d_floor->keep_below(std::move(signals), true);
}

// A signal that fills the band is found only if the floor is below it.
bool detector::find_filled_band()
{
    const double share = d_gaussian_test.signal_share(*d_floor);
    const bool has_noise_beside =
        d_floor->is_filtered() &&
        (share > 0.0 || d_gaussian_test.is_ofdm(d_floor->lower(), d_floor->upper())) &&
        d_floor->leave_out_filter();
    if (has_noise_beside || share == 0.0)
        return false;
    d_floor->set_signal_share(share);
    d_floor->estimate();
    return true;
}

// A receiver that controls its gain lowers it for a strong burst and raises it again:
// then the noise of the whole band falls, and returns to what it was. Whether the band
// has the level of before the latest jump.
bool detector::has_returned() const
{
    if (!d_floor->knows_before() || d_before.empty())
        return false;
    const auto& first = d_layers.front();
    const uint64_t end = first.rows->end(), rows = rows_of_look(*first.rows);
    if (end < first.rows->begin() + rows)
        return false;
    const auto is_at = [&](const volk::vector<float>& inverse_noise) {
        return std::abs(level_of(*first.rows, end - rows, end, inverse_noise)) <
               OTHER_LEVEL_DB;
    };
    return is_at(d_before) && !is_at(first.inverse_noise);
}

// The sample from which on the band has its present level, or lies farther from that of
// before.
uint64_t detector::start_of_level() const
{
    const auto& first = d_layers.front();
    const auto& s = *first.rows;
    const uint64_t rows = rows_of_look(s);
    const auto is_before = [&](uint64_t from, uint64_t end) {
        const double db = level_of(s, from, end, first.inverse_noise);
        return (d_floor->fell() ? db : -db) > OTHER_LEVEL_DB;
    };
    uint64_t at = s.end();
    while (at >= s.begin() + rows && !is_before(at - rows, at))
        at -= rows;
    while (at < s.end() && is_before(at, at + 1))
        at++;
    return at * s.hop();
}

// Noise of a higher gain would look like signals.
void detector::forget_before(uint64_t sample)
{
    for (auto& l : d_layers)
        l.rows->forget_before(sample);
    restart_maps();
}

} // namespace rfattn
} // namespace gr
