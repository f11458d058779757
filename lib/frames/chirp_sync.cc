/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "chirp_sync.h"
#include "words/chance.h"

#include <gnuradio/math.h>
#include <volk/volk.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double START_S = 0.05;    // a burst may begin so much later than its samples
constexpr size_t WINDOWS = 32;      // chirps that are looked at from there on
constexpr size_t LEAST_RUN = 4;     // chirps
constexpr size_t BETWEEN = 5;       // chirps from a preamble to the end of the others
constexpr size_t BESIDE = 3;        // places of a line that count as one
constexpr double ABOVE = 2.0;       // a line is, in the mean of windows, all other places
constexpr double LEAST_RATE = 1.05; // samples a second, of the width of chirps

std::vector<gr_complex> chirp_of(double width, double length, double rate)
{
    std::vector<gr_complex> made;
    for (double n = 0.0; n < length; n += 1.0)
        made.emplace_back(
            std::polar(1.0, GR_M_PI * width / rate * n * (n / length - 1.0)));
    return made;
}

} // namespace

chirp_search::chirp_search(const char* name, double width, double baud, double rate)
    : d_name(name),
      d_length(rate / baud),
      d_chips(static_cast<size_t>(std::lround(width / baud))),
      d_chirp(chirp_of(width, std::floor(d_length), rate)),
      d_fft(static_cast<int>(d_chirp.size()), FFTW_FORWARD),
      d_powers(d_chips),
      d_most(WINDOWS + static_cast<size_t>(START_S * baud))
{
}

void chirp_search::run(const std::vector<gr_complex>& samples, double others)
{
    if (d_window == 0) {
        d_tracks = {};
        d_preambles = {};
    }
    for (; d_window < d_most; d_window++) {
        const auto first =
            static_cast<size_t>(std::lround(static_cast<double>(d_window) * d_length));
        if (first + d_chirp.size() > samples.size())
            break;
        look(&samples[first], others);
    }
}

void chirp_search::look(const gr_complex* samples, double others)
{
    d_looks += 2.0 * others;
    // Samples with one axis, such as pulses, have the same lines both ways.
    const std::array<double, 2> before{ d_tracks[0].shares, d_tracks[1].shares };
    std::array<double, 2> shares{};
    for (const size_t way : { 0, 1 }) {
        track& t = d_tracks[way];
        follow(t, way == 1, samples);
        shares[way] = t.count > 1 ? t.shares - before[way] : t.shares;
    }
    const bool is_alike = std::abs(shares[0] - shares[1]) < 0.1 * shares[0];
    for (const size_t way : { 0, 1 }) {
        const track& t = d_tracks[way];
        const preamble& earlier = d_preambles[1 - way];
        if (!is_alike && t.count >= LEAST_RUN && is_line(t) && bits(t) >= proof::LEAST)
            d_preambles[way] = { bits(t), d_window };
        // Two others are certain enough, and worth what they have in common.
        if (t.count == 2 && earlier.bits > 0.0 && d_window <= earlier.end + BETWEEN) {
            const double behind = bits(t);
            if (behind > 0.0)
                d_proof.add({ static_cast<double>(d_window),
                              earlier.bits + behind,
                              std::log2(d_looks) });
        }
    }
}

void chirp_search::follow(track& t, bool is_down, const gr_complex* samples)
{
    const auto count = d_chirp.size();
    if (is_down)
        volk_32fc_x2_multiply_32fc(
            d_fft.input(), samples, d_chirp.data(), static_cast<unsigned>(count));
    else
        volk_32fc_x2_multiply_conjugate_32fc(
            d_fft.input(), samples, d_chirp.data(), static_cast<unsigned>(count));
    d_fft.execute();
    // Where a chirp begins anew within the window, its line is as far away as it is wide.
    std::fill(d_powers.begin(), d_powers.end(), 0.0f);
    const size_t half = std::min(d_chips, count / 2);
    double all = 0.0;
    for (size_t k = 0; k < 2 * half; k++) {
        const size_t bin = k < half ? k : count - 2 * half + k;
        const float power = std::norm(d_fft.output()[bin]);
        const size_t place =
            k < half ? k % d_chips : (k - half + d_chips - half) % d_chips;
        if (std::isfinite(power)) {
            d_powers[place] += power;
            all += static_cast<double>(power);
        }
    }
    const auto highest = std::max_element(d_powers.begin(), d_powers.end());
    const auto bin = static_cast<size_t>(highest - d_powers.begin());
    const size_t moved = (bin + d_chips - t.bin + 1) % d_chips;
    if (t.count == 0 || moved >= BESIDE) {
        t.count = 0;
        t.shares = 0.0;
        t.sums.assign(d_chips, 0.0);
    }
    t.bin = bin;
    t.count++;
    const double scale = all > 0.0 ? 1.0 / all : 0.0;
    t.shares += scale * static_cast<double>(*highest);
    for (size_t k = 0; k < d_chips; k++)
        t.sums[k] += scale * static_cast<double>(d_powers[k]);
}

// What noise has beside the line is not the same in each window. The edges of a carrier
// that is keyed are, and one of them stays the highest.
bool chirp_search::is_line(const track& t) const
{
    double others = 0.0;
    for (size_t k = BESIDE; k <= d_chips - BESIDE; k++)
        others = std::max(others, t.sums[(t.bin + k) % d_chips]);
    return t.shares > ABOVE * others;
}

// Noise, or others whose lines are as clear but anywhere.
double chirp_search::bits(const track& t) const
{
    const auto count = static_cast<double>(t.count);
    const auto chips = static_cast<double>(d_chips);
    const double noise = chance::share_bits(t.count, t.shares / count, d_chips) -
                         std::log2(chips) - (count - 1.0) * std::log2(BESIDE);
    const double lines =
        chance::match_bits(t.count, 0, static_cast<unsigned>(d_chips / BESIDE));
    return std::min(noise, lines);
}

chirp_sync::chirp_sync(double rate, double width)
{
    for (const auto& format : chirp_formats())
        if (fits(width, format) && rate >= LEAST_RATE * format.width) {
            d_searches.emplace_back(format.name, format.width, format.baud, rate);
            d_most = std::max(d_most, d_searches.back().most_samples());
        }
}

void chirp_sync::add(const gr_complex* samples, size_t count)
{
    const auto held = static_cast<double>(d_held.size());
    if (held >= d_most)
        return;
    d_held.insert(d_held.end(), samples, samples + count);
    for (auto& search : d_searches)
        search.run(d_held, static_cast<double>(d_searches.size()));
}

void chirp_sync::break_off()
{
    d_held.clear();
    for (auto& search : d_searches)
        search.restart();
}

sync_found chirp_sync::found() const
{
    return sync_found::best(d_searches, [](const auto& s) { return s.found(); });
}

} // namespace rfattn
} // namespace gr
