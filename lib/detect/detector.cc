/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector.h"
#include "track/explanations.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

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
constexpr int LEAST_BINS = 24; // least number of bins of a resolution
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
constexpr double MOST_AUDIO_RATE = 100e3;
constexpr double TICK_S = 0.004;
constexpr double CLOSED_WAIT_S = 0.020; // wait until slower maps have a burst, too
constexpr double OPEN_WAIT_S = 0.028;
constexpr double LEAST_OFDM = 0.1; // least width of OFDM, of the band
constexpr double CONTINUOUS = 0.6; // least share of the time before the first floor
constexpr float FULL_SCALE = 0.99f;
constexpr double OVERLOAD_SHARE = 1e-3;
// The rate of false emissions above a likelihood L in white noise is 2.5e4 * exp(-1.2 L)
// per second and MHz (measured for L from 7 to 11). Twenty times that leaves room for
// what real receivers add.
constexpr double FALSE_RATE = 5e5, FALSE_SLOPE = 1.2;

double likelihood_for(double sensitivity)
{
    return std::log(FALSE_RATE / sensitivity) / FALSE_SLOPE;
}

} // namespace

detector::detector(const settings& s)
    : d_settings(s),
      d_tick(std::max<size_t>(1, std::llround(TICK_S * s.rate))),
      d_least_likelihood(likelihood_for(s.sensitivity)),
      d_gaussian_test(s.rate, s.one_sided && s.rate < MOST_AUDIO_RATE),
      d_absent(d_tick)
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
    const auto* fastest = d_spectrograms.front().get();
    d_floor = std::make_unique<noise_floor>(
        *d_base, s.one_sided, fastest == d_base ? nullptr : fastest);
    d_noise = std::make_unique<bin_noise>(d_spectrograms);
    d_fit = std::make_unique<burst_fit>(s.rate, d_spectrograms, *d_noise, d_decisions);
    d_tracker = std::make_unique<emission_tracker>(
        s.rate, d_least_likelihood, *d_fit, *d_floor, d_decisions);
}

void detector::restart(uint64_t segment, uint64_t sample_start)
{
    for (auto& l : d_layers)
        l.rows->restart();
    restart_maps();
    d_floor->restart(segment == 0);
    d_gaussian_test.restart();
    d_absent.restart();
    d_tracker->restart(segment, sample_start);
    d_gain = d_most_gain = 1.0;
    d_rise = {};
    d_is_judged = false;
    d_held = 0;
    d_history_start = d_samples = d_decided = d_known = 0;
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
        look_at_new();
        make_rows(d_known);
        update_floor(false);
        if (d_warm)
            decide(false);
    }
    return d_reports;
}

void detector::look_at_new()
{
    const uint64_t begin = std::exchange(d_known, d_absent.known());
    if (d_absent.touch(begin, d_known))
        return;
    note_overload(begin, d_known);
    if (d_gaussian_test.wants_samples())
        d_gaussian_test.add(d_history.data() + (begin - d_history_start),
                            d_known - begin);
}

// Whether more than a thousandth of the samples are near full scale.
void detector::note_overload(uint64_t begin, uint64_t end)
{
    const auto* values =
        reinterpret_cast<const float*>(d_history.data() + (begin - d_history_start));
    int clipped = 0;
    for (size_t i = 0; i < 2 * (end - begin); i++)
        clipped += std::abs(values[i]) >= FULL_SCALE;
    if (clipped > OVERLOAD_SHARE * static_cast<double>(end - begin))
        d_tracker->add_overload(static_cast<double>(begin), static_cast<double>(end));
}

const std::vector<emission>& detector::finish()
{
    d_reports.clear();
    make_rows(d_samples);
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
    d_absent.add(samples, count);
    d_absent.blank(d_history.data(), d_history_start, d_held);
}

// Makes all rows of samples before `end`, and forgets the samples that no frame needs.
// Where nothing was received, nothing is learned, and there is noise alone.
void detector::make_rows(uint64_t end)
{
    uint64_t needed = end;
    for (auto& l : d_layers) {
        auto& s = *l.rows;
        for (; s.row_end(s.end()) <= end;) {
            const uint64_t begin = s.row_begin(s.end());
            if (is_absent(s, s.end())) {
                s.add_empty();
                if (d_warm)
                    s.replace(s.end() - 1, d_noise->of(s));
                continue;
            }
            s.add(d_history.data() + (begin - d_history_start));
            if (&s == d_base)
                d_floor->add_row();
        }
        if (d_warm && &l == &d_layers.front())
            fill_maps(l, s.end());
        needed = std::min(needed, s.row_begin(s.end()));
    }
    d_held = d_samples - needed;
    const auto kept = d_history.begin() + static_cast<long>(needed - d_history_start);
    std::copy_n(kept, d_held, d_history.begin());
    d_history_start = needed;
    const auto& slowest = *d_layers.back().rows;
    d_absent.forget(slowest.row_begin(slowest.begin()));
}

bool detector::is_absent(const spectrogram& s, uint64_t row) const
{
    return d_absent.cover(s.row_begin(row), s.row_end(row));
}

// Those that came before the floor was known.
void detector::fill_absent_rows()
{
    for (auto& l : d_layers)
        for (uint64_t r = l.rows->begin(); r < l.rows->end(); r++)
            if (is_absent(*l.rows, r))
                l.rows->replace(r, d_noise->of(*l.rows));
}

void detector::update_skirts()
{
    for (auto& l : d_layers) {
        std::copy(
            l.inverse_noise.begin(), l.inverse_noise.end(), l.inverse_floor.begin());
        d_tracker->add_skirts(*l.rows, l.inverse_floor.data());
    }
}

// Samples that what is on the air from the start lasts at least.
double detector::least_continuous() const
{
    return CONTINUOUS * static_cast<double>(d_samples - d_absent.count());
}

// What is on the air from the start touches whatever begins beside it. It is found first;
// then the maps are made again without it.
void detector::find_continuous()
{
    const double now = static_cast<double>(d_samples), least = least_continuous();
    auto& first = d_layers.front();
    fill_maps(first, first.rows->end());
    std::vector<candidate> all;
    gather(all, true);
    const auto is_short = [&](const candidate& c) {
        return !c.open || c.where.duration() < least;
    };
    all.erase(std::remove_if(all.begin(), all.end(), is_short), all.end());
    for (auto& c : choose(all)) {
        if (is_explained(c, d_tracker->known(now), d_decisions))
            continue;
        auto parts = d_fit->split(c.where);
        if (c.where.width() > LEAST_OFDM * d_settings.rate)
            if (d_decisions.applies(decisions::OFDM, [&] { return parts.size() > 1; }))
                parts = d_gaussian_test.join_ofdm(c.where, std::move(parts));
        for (const auto& part : parts)
            add_continuous(part);
    }
    update_skirts();
    restart_maps();
}

// Where a stronger signal lies over it for a while, that one comes first.
void detector::add_continuous(const box& part)
{
    const double now = static_cast<double>(d_samples), least = least_continuous();
    const box clear = d_fit->longest_uncovered(part);
    if (clear.duration() < least || !d_tracker->is_likely(clear)) {
        d_tracker->add(part, now, least);
        return;
    }
    for (const auto& [start, end] :
         { std::pair(part.start, clear.start), std::pair(clear.end, part.end) })
        if (end - start >= static_cast<double>(d_tick))
            d_tracker->add({ start, end, part.lower, part.upper }, now);
    d_tracker->add(clear, now, least);
}

void detector::decide(bool last)
{
    const double now = static_cast<double>(d_samples), rate = d_settings.rate;
    d_tracker->follow(now);
    std::vector<candidate> all;
    gather(all, last);
    // What ended long ago was looked at when its last row came.
    const double oldest = now - scene::MEMORY_S * rate;
    const auto explained = [&](candidate& c) {
        return c.where.end - c.cell.duration() < oldest ||
               is_explained(c, d_tracker->known(now), d_decisions);
    };
    const auto erase = [](std::vector<candidate>& from, const auto& which) {
        from.erase(std::remove_if(from.begin(), from.end(), which), from.end());
    };
    erase(all, explained);
    erase(d_closed, explained);
    all.insert(all.end(), d_closed.begin(), d_closed.end());
    for (auto& c : choose(std::move(all))) {
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
    erase(d_closed,
          [&](const candidate& c) { return c.where.end < now - FORGET_S * rate; });
    if (d_tracker->skirts_changed())
        update_skirts();
    d_tracker->take_reports(d_reports);
}

} // namespace rfattn
} // namespace gr
