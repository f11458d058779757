/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "lte_sync.h"
#include "base/extreme_sample.h"
#include "channel/low_pass.h"

#include <gnuradio/math.h>
#include <volk/volk.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

using lte_words::CARRIERS;
using lte_words::SPACING;
using spectra = std::vector<std::vector<gr_complex>>;

// Emissions of these widths, in Hz, are searched. Their synchronization signals take
// SIGNAL_WIDTH Hz around the middle, which is tried every STEP Hz.
constexpr double LEAST_WIDTH = 0.8e6, MOST_WIDTH = 22e6;
constexpr double SIGNAL_WIDTH = 0.96e6;
constexpr double STEP = 10e3;
// The decimation keeps this rate at least, with TAPS taps for each of its samples.
constexpr double LEAST_RATE = 1.6e6;
constexpr int TAPS = 12;
// A search has transforms of SIZE values, is spread over SEARCH_S seconds of the signal,
// and looks at 3 half frames, then at 8.
constexpr size_t SIZE = 4096;
constexpr double SEARCH_S = 0.1;
constexpr std::array<size_t, 2> HALVES{ 3, 8 };
constexpr double LEAST_HEIGHT = 8.0, HEIGHT_SHARE = 0.4;
constexpr size_t MOST_PLACES = 12;

} // namespace

lte_sync::lte_sync(double rate, double lower, double upper, double middle)
    : d_decimation(std::max<size_t>(1, static_cast<size_t>(rate / LEAST_RATE))),
      d_times(rate / static_cast<double>(d_decimation))
{
    const double width = upper - lower;
    if (width < LEAST_WIDTH || width > MOST_WIDTH)
        return;
    const double room = 0.5 * (rate - SIGNAL_WIDTH);
    for (double offset = 0.0; offset <= MOST_OFFSET; offset += STEP)
        for (const double hz : { middle + offset, middle - offset })
            if (std::abs(hz) <= room && (d_offsets.empty() || hz != middle))
                d_offsets.push_back(hz);
    if (d_decimation > 1) {
        const int factor = static_cast<int>(d_decimation);
        for (const float tap : low_pass(0.45 / factor, TAPS * factor + 1)) {
            const auto n = static_cast<double>(d_taps.size());
            d_taps.push_back(
                tap * gr_complex(std::polar(1.0, -2.0 * GR_M_PI * middle / rate * n)));
        }
    }
    begin();
}

void lte_sync::begin()
{
    d_held.assign(d_taps.empty() ? 0 : d_taps.size() - 1, gr_complex());
    d_phase = 0;
    d_samples.clear();
}

bool lte_sync::is_searching() const
{
    return !d_found.name && d_looks < HALVES.size();
}

size_t lte_sync::halves() const
{
    return HALVES[std::min(d_looks, HALVES.size() - 1)];
}

size_t lte_sync::samples_for(size_t half_frames) const
{
    return static_cast<size_t>((static_cast<double>(half_frames) + 0.1) * d_times.half);
}

void lte_sync::add(uint64_t first, const gr_complex* samples, size_t count)
{
    if (!is_searching())
        return;
    const uint64_t missing = first - std::min(first, d_next);
    const double channel_rate = d_times.rate * static_cast<double>(d_decimation);
    if (static_cast<double>(missing) > lte_times::HALF_FRAME_S * channel_rate) {
        finish();
        begin();
    } else if (missing > 0) { // in a pause between both directions
        decimate(std::vector<gr_complex>(missing).data(), missing);
    }
    decimate(samples, count);
    d_next = first + count;
    if (can_search())
        search(static_cast<size_t>(
            std::ceil(static_cast<double>(count) / (SEARCH_S * channel_rate) *
                      static_cast<double>(d_offsets.size() * lte_words::SECTORS))));
}

void lte_sync::finish()
{
    while (can_search())
        search(d_offsets.size() * lte_words::SECTORS);
}

bool lte_sync::can_search() const
{
    return is_searching() && d_samples.size() >= samples_for(halves());
}

// Behind the decimation frequencies are the same, give or take multiples of the rate.
void lte_sync::decimate(const gr_complex* samples, size_t count)
{
    if (d_samples.size() >= samples_for(HALVES.back()))
        return;
    const auto keep = [&](gr_complex sample) {
        d_samples.push_back(zero_if_extreme(sample));
    };
    if (d_taps.empty()) {
        std::for_each(samples, samples + count, keep);
        return;
    }
    d_held.insert(d_held.end(), samples, samples + count);
    size_t n = d_phase;
    for (; n < count; n += d_decimation) {
        gr_complex now;
        volk_32fc_x2_dot_prod_32fc(
            &now, &d_held[n], d_taps.data(), static_cast<unsigned>(d_taps.size()));
        keep(now);
    }
    d_phase = n - count;
    d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(count));
}

// Looks at so many more frequencies and sectors.
void lte_sync::search(size_t more)
{
    if (d_blocks.empty())
        d_blocks = transformed();
    const size_t all = d_offsets.size() * lte_words::SECTORS;
    for (; more > 0 && d_places.size() < all; more--) {
        const size_t next = d_places.size();
        d_places.push_back(
            look(d_offsets[next / lte_words::SECTORS], next % lte_words::SECTORS));
    }
    if (d_places.size() == all)
        conclude();
}

// A wrong frequency looks like another time, so that several places are tried.
void lte_sync::conclude()
{
    std::sort(d_places.begin(),
              d_places.end(),
              [](const lte_place& a, const lte_place& b) { return a.height > b.height; });
    const double least = std::max(LEAST_HEIGHT, HEIGHT_SHARE * d_places.front().height);
    d_places.resize(std::min(d_places.size(), MOST_PLACES));
    for (lte_place& p : d_places) {
        if (p.height < least || d_found.name)
            break;
        refine(p);
        const auto cell = cell_at(d_samples, d_times, halves(), p);
        d_tries++;
        const double bits = cell.bits - std::log2(d_tries);
        if (bits >= proof::PROVED)
            d_found = { cell.duplex, static_cast<int>(halves()), false, bits };
    }
    d_places.clear();
    d_blocks.clear();
    d_looks++;
    if (!is_searching()) {
        d_samples = {};
        d_held = {};
        d_forward.reset();
        d_backward.reset();
    }
}

// Blocks that overlap by a symbol, for a fast correlation.
spectra lte_sync::transformed()
{
    if (!d_forward) {
        d_forward = std::make_unique<estimated_fft>(static_cast<int>(SIZE), FFTW_FORWARD);
        d_backward =
            std::make_unique<estimated_fft>(static_cast<int>(SIZE), FFTW_BACKWARD);
    }
    spectra found;
    for (size_t first = 0; first + d_times.symbol <= d_samples.size();
         first += SIZE - d_times.symbol + 1) {
        const size_t count = std::min(SIZE, d_samples.size() - first);
        std::fill_n(std::copy_n(&d_samples[first], count, d_forward->input()),
                    SIZE - count,
                    gr_complex());
        d_forward->execute();
        found.emplace_back(d_forward->output(), d_forward->output() + SIZE);
    }
    return found;
}

std::vector<gr_complex> lte_sync::replica(double offset, size_t sector) const
{
    const auto values = lte_words::primary(sector);
    std::vector<std::complex<double>> sum(d_times.symbol);
    for (size_t k = 0; k < CARRIERS; k++) {
        const double hz = offset + SPACING * lte_words::number(k);
        std::complex<double> turn(values[k]);
        const auto step = std::polar(1.0, 2.0 * GR_M_PI * hz / d_times.rate);
        for (auto& sample : sum) {
            sample += turn;
            turn *= step;
        }
    }
    return { sum.begin(), sum.end() };
}

// The powers of the correlation in all halves of frames, one on the other.
lte_place lte_sync::look(double offset, size_t sector)
{
    const auto signal = replica(offset, sector);
    std::fill_n(std::copy(signal.begin(), signal.end(), d_forward->input()),
                SIZE - d_times.symbol,
                gr_complex());
    d_forward->execute();
    const size_t hop = SIZE - d_times.symbol + 1,
                 period = static_cast<size_t>(d_times.half);
    std::vector<float> power(d_blocks.size() * hop), sums(period);
    for (size_t block = 0; block < d_blocks.size(); block++) {
        volk_32fc_x2_multiply_conjugate_32fc(
            d_backward->input(), d_blocks[block].data(), d_forward->output(), SIZE);
        d_backward->execute();
        volk_32fc_magnitude_squared_32f(
            &power[block * hop], d_backward->output(), static_cast<unsigned>(hop));
    }
    for (size_t half = 0; half < halves(); half++) {
        const size_t first = d_times.begin(half);
        const size_t count = std::min(period, power.size() - first);
        volk_32f_x2_add_32f(
            sums.data(), sums.data(), &power[first], static_cast<unsigned>(count));
    }
    const auto highest = std::max_element(sums.begin(), sums.end());
    const double mean =
        std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(period);
    return { offset,
             sector,
             static_cast<size_t>(highest - sums.begin()),
             *highest / std::max(mean, 1e-30) };
}

// By the turn from the first half of the primary signals to the second.
void lte_sync::refine(lte_place& p) const
{
    const auto signal = replica(p.offset, p.sector);
    const size_t part = d_times.symbol / 2;
    std::complex<double> turns;
    for (size_t half = 0; half < halves(); half++) {
        const size_t first = p.sample + d_times.begin(half);
        if (first + d_times.symbol > d_samples.size())
            break;
        gr_complex early, late;
        volk_32fc_x2_conjugate_dot_prod_32fc(
            &early, &d_samples[first], signal.data(), static_cast<unsigned>(part));
        volk_32fc_x2_conjugate_dot_prod_32fc(
            &late, &d_samples[first + part], &signal[part], static_cast<unsigned>(part));
        turns += std::complex<double>(late * std::conj(early));
    }
    p.offset +=
        std::arg(turns) * d_times.rate / (2.0 * GR_M_PI * static_cast<double>(part));
}

} // namespace rfattn
} // namespace gr
