/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "msk_reader.h"
#include "base/estimated_fft.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double PIECE = 640.0, HOP = 96.0; // symbols; a message has at most the rest
constexpr double LONGEST_S = 0.2;           // of a burst
constexpr double MOST_OFFSET = 0.15;        // of the carrier, in symbol rates
constexpr size_t FINER = 4;                 // bins of the resolution
constexpr int SAMPLES = 4;                  // of a symbol that the clock gets
constexpr size_t MEAN = 24;                 // symbols on both sides, of the phase

} // namespace

msk_reader::msk_reader(double rate, const sync_format& format, bool is_proved)
    : d_symbol(rate / format.baud),
      d_most(static_cast<size_t>(LONGEST_S * rate)),
      d_piece(static_cast<size_t>(PIECE * d_symbol)),
      d_hop(static_cast<size_t>(HOP * d_symbol)),
      d_clock(format.baud, SAMPLES, false, true)
{
    d_clock.add(format, true, is_proved);
}

void msk_reader::break_off(double first)
{
    if (d_new > 0)
        look();
    d_held.clear();
    d_first = first;
    d_begin = d_new = 0;
}

void msk_reader::add(const gr_complex* samples, size_t count)
{
    const size_t known = std::min(d_most, d_begin + d_held.size());
    const size_t taken = std::min(count, d_most - known);
    for (size_t n = 0; n < taken; n++) {
        d_held.push_back(samples[n]);
        if (++d_new == d_hop)
            look();
    }
}

// Of the last samples, at most a piece.
void msk_reader::look()
{
    d_new = 0;
    const size_t left = d_held.size() - std::min(d_held.size(), d_piece);
    d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(left));
    d_begin += left;
    find_lines();
    std::vector<double> phase;
    double at = 0.0;
    for (const float level : levels())
        for (int n = 0; n < SAMPLES; n++)
            phase.push_back(at += 0.5 * GR_M_PI / SAMPLES * static_cast<double>(level));
    phase.insert(phase.end(), SAMPLES, at);
    const double begin = static_cast<double>(d_begin) + d_place;
    const double ratio = SAMPLES / d_symbol;
    d_clock.restart((d_first + begin) * ratio);
    d_clock.run(phase, {}, 0);
    move_frames(d_clock.frames(), d_frames, begin, ratio);
}

// Half a symbol rate on both sides of twice the carrier.
void msk_reader::find_lines()
{
    const auto held = static_cast<double>(d_held.size());
    const auto size = static_cast<ptrdiff_t>(estimated_fft::power_of_two(FINER * held));
    estimated_fft fft(static_cast<int>(size), FFTW_FORWARD);
    std::transform(
        d_held.begin(), d_held.end(), fft.input(), [](gr_complex x) { return x * x; });
    fft.execute();
    const double baud = static_cast<double>(size) / d_symbol; // bins
    const auto half = static_cast<ptrdiff_t>(std::lround(0.5 * baud));
    const auto most = static_cast<ptrdiff_t>(2.0 * MOST_OFFSET * baud);
    const auto at = [&](ptrdiff_t bin) {
        return std::complex<double>(fft.output()[bin & (size - 1)]);
    };
    double best = -1.0;
    ptrdiff_t middle = 0;
    for (ptrdiff_t k = -most; k <= most; k++) {
        const double both = std::norm(at(k + half)) * std::norm(at(k - half));
        if (both > best) {
            best = both;
            middle = k;
        }
    }
    const double turn = std::arg(at(middle - half)) - std::arg(at(middle + half));
    const double place = 0.5 * turn / GR_M_PI;
    d_place = (place - std::floor(place)) * d_symbol;
    const double offset = 0.5 * static_cast<double>(middle) / static_cast<double>(size);
    const auto step = std::polar(1.0, -2.0 * GR_M_PI * offset);
    std::complex<double> back = 1.0;
    d_centred.clear();
    for (const gr_complex sample : d_held) {
        d_centred.push_back(back * std::complex<double>(sample));
        back *= step;
    }
}

// The mean of the samples around the end of each symbol, in the shape of a half cosine,
// turned back by 90 degrees a symbol.
std::vector<std::complex<double>> msk_reader::phasors(double place) const
{
    std::vector<std::complex<double>> found;
    std::complex<double> back = 1.0;
    const auto count = static_cast<double>(d_held.size());
    const double angle = 0.5 * GR_M_PI / d_symbol, twice = 2.0 * std::cos(angle);
    for (; place + d_symbol < count; place += d_symbol) {
        std::complex<double> sum;
        const double first = std::max(0.0, std::ceil(place - d_symbol));
        double weight = std::cos(angle * (first - place));
        double before = std::cos(angle * (first - 1.0 - place));
        for (double n = first; n < place + d_symbol; n += 1.0) {
            sum += weight * d_centred[static_cast<size_t>(n)];
            before = std::exchange(weight, twice * weight - before);
        }
        found.push_back(sum * back);
        back *= std::complex<double>(0.0, -1.0);
    }
    return found;
}

// From the end of each symbol to the next: one of two moments is where symbols end.
std::vector<float> msk_reader::levels()
{
    std::vector<std::complex<double>> best;
    double most = -1.0, place = d_place;
    for (const double begin :
         { d_place, std::fmod(d_place + 0.5 * d_symbol, d_symbol) }) {
        auto tried = phasors(begin);
        const auto sum = std::inner_product(
            tried.begin(), tried.end(), tried.begin(), std::complex<double>());
        if (std::abs(sum) > most) {
            most = std::abs(sum);
            best = std::move(tried);
            place = begin;
        }
    }
    d_place = place;
    std::vector<float> found;
    std::complex<double> sum;
    double phase = 0.0, before = 0.0;
    for (size_t k = 0; k < best.size() + MEAN; k++) {
        sum += k < best.size() ? best[k] * best[k] : 0.0;
        sum -= k > 2 * MEAN ? best[k - 2 * MEAN - 1] * best[k - 2 * MEAN - 1] : 0.0;
        if (k < MEAN)
            continue;
        const double now = 0.5 * std::arg(sum); // or the opposite
        phase = now + GR_M_PI * std::round((phase - now) / GR_M_PI);
        const double side = (best[k - MEAN] * std::polar(1.0, -phase)).real();
        if (k > MEAN)
            found.push_back(side * before > 0.0 ? 1.0f : -1.0f);
        before = side;
    }
    return found;
}

void msk_reader::take_frames(std::vector<checked_frame>& frames)
{
    move_frames(d_frames, frames, 0.0, 1.0);
}

} // namespace rfattn
} // namespace gr
