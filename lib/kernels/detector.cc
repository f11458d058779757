/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <volk/volk.h>

namespace gr {
namespace rfattn {

namespace {

// Resolutions, Hz, how long their rows are kept, s, and the highest rate that they are
// used at, Hz: the finest is for the narrow signals of short wave.
struct resolution {
    double hz, kept_s, most_rate;
};
constexpr resolution RESOLUTIONS[] = { { 8000.0, 0.25, 1e9 },
                                       { 250.0, 0.5, 1e9 },
                                       { 8.0, 4.0, 100e3 } };
constexpr int LEAST_BINS = 24; // of a resolution that is used
constexpr int MOST_BINS = 1 << 19;

// Cells of the maps of a resolution: bins, and rows of the maps of so many bins.
struct cells {
    int bins;
    std::vector<int> rows;
};
const std::vector<cells> MAPS[] = {
    { { 2, { 8, 32 } }, { 8, { 2, 8, 32 } }, { 32, { 2, 8 } }, { 128, { 2, 8 } } },
    { { 1, { 8, 32, 128 } },
      { 4, { 4, 16, 64 } },
      { 16, { 1, 4, 16 } },
      { 64, { 1, 4 } },
      { 256, { 1 } } },
    { { 1, { 8, 32 } }, { 4, { 4, 16 } }, { 16, { 1, 4, 16 } } },
};

constexpr double MOST_AUDIO_RATE = 50e3;
constexpr double TICK_S = 0.004;
constexpr double CLOSED_WAIT_S = 0.020; // until slower maps have seen a burst, too
constexpr double OPEN_WAIT_S = 0.028;
constexpr double SHORT_S = 0.008;   // shorter bursts are left out of maps of finer bins,
constexpr double SHORT_BINS = 4.5;  // where they are wider than that
constexpr double SHORT_CELLS = 2.5; // of its map
constexpr double SHORT_WAIT_S = 0.010;
constexpr double CONTINUOUS = 0.6; // of the time before the floor is known
constexpr float FULL_SCALE = 0.99f;
constexpr double OVERLOAD_SHARE = 1e-3;
// Of the power density of what overloads: so far below it is distortion.
constexpr float DISTORTION = 0.01f;
constexpr double CLICK_SHARE = 0.3; // of the band: what fills more is a click
constexpr double FORGET_S = 0.4;
constexpr double FLOOR_EVERY = 16; // blocks of the floor
constexpr double OVERLAP = 0.3;
constexpr double PARTS_SHARE = 0.35;
constexpr size_t MOST_PARTS = 200;

// The rate of false emissions above a likelihood L in white noise is 2.5e4 * exp(-1.2 L)
// per second and MHz (measured for L from 7 to 11). Twenty times that leaves room for
// what real receivers add.
constexpr double FALSE_RATE = 5e5, FALSE_SLOPE = 1.2;

double likelihood_for(double sensitivity)
{
    return std::log(FALSE_RATE / sensitivity) / FALSE_SLOPE;
}

// Means of two neighbours. It vectorises because the buffers differ.
void pool_pairs(const float* __restrict in, float* __restrict out, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
}

} // namespace

detector::detector(const settings& s)
    : d_settings(s),
      d_tick(std::max<size_t>(1, std::llround(TICK_S * s.rate))),
      d_least_likelihood(likelihood_for(s.sensitivity)),
      d_noise_test(s.rate)
{
    for (size_t i = 0; i < std::size(RESOLUTIONS); i++) {
        const auto& r = RESOLUTIONS[i];
        const double bins = s.rate / r.hz;
        if (bins < LEAST_BINS || bins > MOST_BINS || s.rate > r.most_rate)
            continue;
        d_spectrograms.push_back(
            std::make_unique<spectrogram>(s.rate, r.hz, r.kept_s, s.one_sided));
        layer l;
        l.rows = d_spectrograms.back().get();
        for (const auto& c : MAPS[i]) {
            level v{ c.bins, {}, {}, {} };
            for (int rows : c.rows) {
                const int n = l.rows->n_bins();
                if (n / c.bins < 2)
                    continue;
                v.maps.emplace_back(
                    n, c.bins, rows, independent_bins(c.bins) * independent_rows(rows));
                v.sums.emplace_back(n / c.bins, 0.0f);
                v.rows.push_back(0);
            }
            if (!v.maps.empty())
                l.levels.push_back(std::move(v));
        }
        l.inverse_noise.resize(l.rows->n_bins());
        l.inverse_floor.resize(l.rows->n_bins());
        l.row.resize(l.rows->n_bins());
        l.pooled.resize(l.rows->n_bins() / 2);
        d_layers.push_back(std::move(l));
    }
    const bool is_audio = s.one_sided && s.rate < MOST_AUDIO_RATE;
    d_base = is_audio ? d_spectrograms.back().get()
                      : d_spectrograms[d_spectrograms.size() > 1 ? 1 : 0].get();
    d_floor = std::make_unique<noise_floor>(*d_base, s.one_sided);
    d_noise = std::make_unique<bin_noise>(d_spectrograms);
    d_fit = std::make_unique<burst_fit>(s.rate, d_spectrograms, *d_noise);
    d_tracker =
        std::make_unique<emission_tracker>(s.rate, d_least_likelihood, *d_fit, *d_floor);
}

void detector::restart(uint64_t segment, uint64_t sample_start)
{
    for (auto& l : d_layers)
        l.rows->restart();
    restart_maps();
    d_floor->restart();
    d_noise_test.restart();
    d_tracker->restart(segment, sample_start);
    d_held = 0;
    d_history_start = d_samples = d_decided = 0;
    d_warm = false;
}

const std::vector<emission>& detector::add(const gr_complex* samples, size_t count)
{
    d_reports.clear();
    while (count > 0) {
        const size_t n = std::min<size_t>(count, d_decided + d_tick - d_samples);
        hold(samples, n);
        samples += n;
        count -= n;
        if (d_samples < d_decided + d_tick)
            break;
        d_decided = d_samples;
        note_overload();
        if (d_noise_test.wants_samples())
            d_noise_test.add(d_history.data() + (d_held - d_tick), d_tick);
        make_rows();
        update_floor(false);
        if (d_warm)
            decide(false);
    }
    return d_reports;
}

// Whether more than a thousandth of the samples since the last decision are near full
// scale.
void detector::note_overload()
{
    const auto* values =
        reinterpret_cast<const float*>(d_history.data() + (d_held - d_tick));
    int clipped = 0;
    for (size_t i = 0; i < 2 * d_tick; i++)
        clipped += std::abs(values[i]) >= FULL_SCALE;
    if (clipped > OVERLOAD_SHARE * static_cast<double>(d_tick))
        d_tracker->add_overload(static_cast<double>(d_samples - d_tick),
                                static_cast<double>(d_samples));
}

const std::vector<emission>& detector::finish()
{
    d_reports.clear();
    make_rows();
    update_floor(true);
    if (d_warm)
        decide(true);
    d_tracker->end_all(static_cast<double>(d_samples));
    d_tracker->take_reports(d_reports);
    return d_reports;
}

void detector::hold(const gr_complex* samples, size_t count)
{
    if (d_history.size() < d_held + count)
        d_history.resize(2 * (d_held + count));
    std::memcpy(d_history.data() + d_held, samples, count * sizeof(gr_complex));
    d_held += count;
    d_samples += count;
}

// Makes all rows whose frames are complete, and forgets the samples that no frame needs.
void detector::make_rows()
{
    uint64_t needed = d_samples;
    for (auto& l : d_layers) {
        auto& s = *l.rows;
        while (s.end() * s.hop() + s.size() <= d_samples) {
            s.add(d_history.data() + (s.end() * s.hop() - d_history_start));
            if (&s == d_base)
                d_floor->add_row();
        }
        if (d_warm && &l == &d_layers.front())
            fill_maps(l, s.end());
        needed = std::min(needed, s.end() * s.hop());
    }
    d_held = d_samples - needed;
    const auto kept = d_history.begin() + static_cast<long>(needed - d_history_start);
    std::copy_n(kept, d_held, d_history.begin());
    d_history_start = needed;
}

void detector::update_floor(bool last)
{
    const bool due = d_warm ? d_floor->age() >= FLOOR_EVERY || d_floor->jumped()
                            : d_floor->warm() || last;
    if (!due || !d_floor->estimate(last && !d_warm))
        return;
    const bool is_filled = !d_warm && find_filled_band();
    d_noise->update(*d_floor);
    for (auto& l : d_layers) {
        const auto& noise = d_noise->of(*l.rows);
        for (int i = 0; i < l.rows->n_bins(); i++)
            l.inverse_noise[i] = 1.0f / noise[i];
    }
    update_skirts();
    if (d_warm)
        return;
    d_warm = true;
    if (is_filled) {
        const auto now = static_cast<double>(d_samples);
        d_tracker->add_filling({ 0.0, now, d_floor->lowest(), d_floor->highest() }, now);
    }
    find_continuous();
    fill_maps(d_layers.front(), d_layers.front().rows->end());
}

// A signal that fills the band is found only if the floor is below it.
bool detector::find_filled_band()
{
    const double share = d_noise_test.signal_share(*d_base, *d_floor);
    if (share > 0.0) {
        d_floor->set_signal_share(share);
        d_floor->estimate();
    }
    return share > 0.0;
}

void detector::update_skirts()
{
    for (auto& l : d_layers) {
        std::copy(
            l.inverse_noise.begin(), l.inverse_noise.end(), l.inverse_floor.begin());
        d_tracker->add_skirts(*l.rows, l.inverse_floor.data());
    }
}

// What is on the air from the start touches whatever begins beside it. It is found first;
// then the maps are made again without it.
void detector::find_continuous()
{
    const double now = static_cast<double>(d_samples);
    auto& first = d_layers.front();
    fill_maps(first, first.rows->end());
    std::vector<candidate> all;
    gather(all, true);
    const auto is_short = [&](const candidate& c) {
        return !c.open || c.where.duration() < CONTINUOUS * now;
    };
    all.erase(std::remove_if(all.begin(), all.end(), is_short), all.end());
    for (const auto& c : choose(all))
        if (!d_tracker->explains(c.where, c.cell, c.energy, now))
            for (const auto& part : d_fit->split(c.where))
                d_tracker->add(part, now, CONTINUOUS * now);
    update_skirts();
    restart_maps();
}

void detector::restart_maps()
{
    for (auto& l : d_layers) {
        l.next = 0;
        for (auto& v : l.levels)
            for (size_t i = 0; i < v.maps.size(); i++) {
                v.maps[i].restart();
                v.rows[i] = 0;
            }
    }
    d_closed.clear();
    d_short.clear();
}

// Gives the rows of a spectrogram before `end` to its maps.
void detector::fill_maps(layer& l, uint64_t end)
{
    std::vector<std::pair<int, int>> on_air; // first and last bin
    for (const auto& mask : d_tracker->masks()) {
        const auto [lower, upper] = mask.edges(l.rows->bin_hz());
        on_air.emplace_back(l.rows->bin_at(lower), l.rows->bin_at(upper));
    }
    for (l.next = std::max(l.next, l.rows->begin()); l.next < end; l.next++) {
        volk_32f_x2_multiply_32f(
            l.row.data(), l.rows->row(l.next), l.inverse_floor.data(), l.rows->n_bins());
        for (const auto& [first, last] : on_air)
            std::fill(l.row.begin() + first, l.row.begin() + last + 1, 1.0f);
        leave_out_distortion(l);
        if (&l != &d_layers.front())
            leave_out_shorts(l);
        fill_levels(l);
    }
}

// What an overloaded receiver adds lies far below the burst that overloads it.
void detector::leave_out_distortion(layer& l)
{
    const auto start = static_cast<double>(l.next * l.rows->hop());
    if (!d_tracker->is_overloaded(start, start + l.rows->size()))
        return;
    const float* row = l.rows->row(l.next);
    float most = 0.0f;
    for (int i = 0; i < l.rows->n_bins(); i++)
        most = std::max(most, row[i] * l.inverse_noise[i]);
    const auto is_weak = [&](int i) {
        return row[i] * l.inverse_noise[i] < DISTORTION * most;
    };
    int strong = 0;
    for (int i = 0; i < l.rows->n_bins(); i++)
        strong += !is_weak(i);
    if (strong > CLICK_SHARE * l.rows->n_bins())
        return;
    for (int i = 0; i < l.rows->n_bins(); i++)
        if (is_weak(i))
            l.row[i] = 1.0f;
}

// The bursts that the finest rows in time alone resolve.
void detector::leave_out_shorts(layer& l)
{
    const double start = static_cast<double>(l.next * l.rows->hop());
    for (const auto& b : d_short)
        if (overlap(b.start, b.end, start, start + l.rows->size()) > 0.0)
            std::fill(l.row.begin() + l.rows->bin_at(b.lower),
                      l.row.begin() + l.rows->bin_at(b.upper) + 1,
                      1.0f);
}

void detector::fill_levels(layer& l)
{
    float *in = l.row.data(), *out = l.pooled.data();
    int pooled = 1;
    for (auto& v : l.levels) {
        for (; pooled < v.pool_bins; pooled *= 2) {
            pool_pairs(in, out, l.rows->n_bins() / (2 * pooled));
            std::swap(in, out);
        }
        fill_level(v, in, l.next + 1);
    }
}

// Adds a row to the sums of the first map; when these are complete they are added to
// those of the next.
void detector::fill_level(level& v, const float* row, uint64_t end_row)
{
    const float* from = row;
    int rows = 1;
    for (size_t i = 0; i < v.maps.size(); i++) {
        auto& map = v.maps[i];
        if (map.pool_rows() > rows) {
            float* sums = v.sums[i].data();
            if (v.rows[i] == 0)
                std::copy_n(from, map.n_cells(), sums);
            else
                volk_32f_x2_add_32f(sums, sums, from, map.n_cells());
            v.rows[i] += rows;
            if (v.rows[i] < map.pool_rows())
                return;
            rows = v.rows[i];
            v.rows[i] = 0;
            from = sums;
        }
        map.add(from, end_row);
    }
}

// Keeps the short ones that are no pieces of what is longer.
void detector::keep_shorts(const std::vector<box>& shorts,
                           const std::vector<candidate>& open)
{
    for (const auto& b : shorts) {
        const auto is_longer = [&](const candidate& c) {
            return c.where.start < b.start - 0.5 * SHORT_S * d_settings.rate &&
                   overlap(b.lower, b.upper, c.where.lower, c.where.upper) >
                       OVERLAP * b.width();
        };
        if (std::none_of(open.begin(), open.end(), is_longer))
            d_short.push_back(b);
    }
}

void detector::gather(std::vector<candidate>& to, bool last)
{
    std::vector<cell_map::component> found;
    std::vector<box> shorts;
    for (auto& l : d_layers) {
        const auto& s = *l.rows;
        const bool finest = &l == &d_layers.front();
        // The others wait for the bursts that are too short for their rows.
        const uint64_t lag = last ? 0 : std::llround(SHORT_WAIT_S * d_settings.rate);
        if (const uint64_t behind = s.size() + lag; !finest && d_samples >= behind)
            fill_maps(l, std::min(s.end(), (d_samples - behind) / s.hop() + 1));
        for (auto& v : l.levels)
            for (auto& map : v.maps) {
                found.clear();
                map.collect(d_least_likelihood, found);
                map.forget_closed();
                for (const auto& c : found) {
                    const box where{
                        static_cast<double>(c.first_row * s.hop()) + 0.25 * s.size(),
                        static_cast<double>(c.end_row * s.hop()) + 0.25 * s.size(),
                        s.lower_edge(c.first_bin),
                        s.lower_edge(c.end_bin)
                    };
                    const candidate found_one{ where,
                                               c.likelihood(),
                                               c.energy,
                                               c.open,
                                               { 0.0,
                                                 static_cast<double>(
                                                     (map.pool_rows() + 1) * s.hop()),
                                                 0.0,
                                                 map.pool_bins() * s.bin_hz() } };
                    const bool resolved =
                        where.width() > SHORT_BINS * s.bin_hz() &&
                        where.width() > SHORT_CELLS * found_one.cell.width();
                    if (finest && d_layers.size() > 1 && !c.open && resolved &&
                        where.duration() < SHORT_S * d_settings.rate)
                        shorts.push_back(where);
                    (c.open ? to : d_closed).push_back(found_one);
                }
            }
        if (finest)
            keep_shorts(shorts, to);
    }
    to.insert(to.end(), d_closed.begin(), d_closed.end());
    while (!d_short.empty() && d_short.front().end < static_cast<double>(d_samples) -
                                                         FORGET_S * d_settings.rate)
        d_short.pop_front();
}

// Whether shorter candidates, one after the other, explain as much as a long one does.
bool detector::is_sum_of_parts(const candidate& c,
                               const std::vector<candidate>& all) const
{
    std::vector<const candidate*> parts;
    double sum = d_tracker->known_likelihood(c.where);
    if (sum > PARTS_SHARE * c.likelihood)
        return true;
    for (const auto& p : all) { // by falling likelihood
        const auto& w = p.where;
        if (w.duration() > 0.5 * c.where.duration())
            continue;
        const double time = overlap(w.start, w.end, c.where.start, c.where.end);
        const double band = overlap(w.lower, w.upper, c.where.lower, c.where.upper);
        const double share = time / w.duration() * band / w.width();
        if (share * p.likelihood < 0.01 * c.likelihood)
            continue;
        const auto overlaps = [&](const candidate* k) {
            return overlap(w.start, w.end, k->where.start, k->where.end) > 0.0 &&
                   overlap(w.lower, w.upper, k->where.lower, k->where.upper) > 0.0;
        };
        if (std::any_of(parts.begin(), parts.end(), overlaps))
            continue;
        parts.push_back(&p);
        sum += share * p.likelihood;
        if (sum > PARTS_SHARE * c.likelihood)
            return true;
        if (parts.size() >= MOST_PARTS)
            return false;
    }
    return false;
}

// Of candidates that overlap, the most likely.
std::vector<detector::candidate> detector::choose(std::vector<candidate> all) const
{
    std::sort(all.begin(), all.end(), [](const candidate& a, const candidate& b) {
        return a.likelihood > b.likelihood;
    });
    std::vector<candidate> kept;
    for (const auto& c : all) {
        if (is_sum_of_parts(c, all))
            continue;
        const auto covers = [&](const candidate& k) {
            // Maps blur a signal by the size of their cells.
            const double dt = std::max(c.cell.duration(), k.cell.duration());
            const double df = std::max(c.cell.width(), k.cell.width());
            const double time =
                overlap(c.where.start, c.where.end, k.where.start - dt, k.where.end + dt);
            const double band = overlap(
                c.where.lower, c.where.upper, k.where.lower - df, k.where.upper + df);
            const double own = c.where.duration() * c.where.width();
            const double other =
                (k.where.duration() + 2 * dt) * (k.where.width() + 2 * df);
            return time * band > OVERLAP * std::min(own, other);
        };
        if (std::none_of(kept.begin(), kept.end(), covers))
            kept.push_back(c);
    }
    return kept;
}

void detector::decide(bool last)
{
    const double now = static_cast<double>(d_samples), rate = d_settings.rate;
    d_tracker->follow(now);
    std::vector<candidate> all;
    gather(all, last);
    // What ended long ago was looked at when its last row came.
    const double oldest = now - emission_tracker::MEMORY_S * rate;
    const auto explained = [&](const candidate& c) {
        return c.where.end - c.cell.duration() < oldest ||
               d_tracker->explains(c.where, c.cell, c.energy, now);
    };
    all.erase(std::remove_if(all.begin(), all.end(), explained), all.end());
    for (const auto& c : choose(all)) {
        const double wait = c.open ? now - c.where.start - OPEN_WAIT_S * rate
                                   : now - c.where.end - CLOSED_WAIT_S * rate;
        if (!last && wait < 0.0)
            continue;
        if (explained(c)) // by one that was just added
            continue;
        for (const auto& part : d_fit->split(c.where))
            d_tracker->add(part, now);
        d_tracker->remember(c.where);
    }
    const auto over = [&](const candidate& c) {
        return c.where.end < now - FORGET_S * rate || explained(c);
    };
    d_closed.erase(std::remove_if(d_closed.begin(), d_closed.end(), over),
                   d_closed.end());
    if (d_tracker->skirts_changed())
        update_skirts();
    d_tracker->take_reports(d_reports);
}

} // namespace rfattn
} // namespace gr
