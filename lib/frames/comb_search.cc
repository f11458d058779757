/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "comb_search.h"
#include "words/chance.h"

#include <algorithm>
#include <cmath>
#include <complex>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t FINER = 2; // bins of a carrier
// Useful parts from look to look: not nearly a whole number of symbols of two or of four
// combs, whichever part of a symbol its prefix is.
constexpr double EVERY = 9.4;

size_t samples_in(double seconds, double rate)
{
    return static_cast<size_t>(std::lround(seconds * rate));
}

} // namespace

comb_search::comb_search(const comb_format& format, double rate)
    : d_name(format.name),
      d_apart(format.apart),
      d_useful(samples_in(1.0 / format.baud, rate)),
      d_every(samples_in(EVERY / format.baud, rate)),
      d_longest(samples_in(format.longest_s, rate)),
      d_pilots(std::min(format.carriers, d_useful) / d_apart - 1),
      d_size(estimated_fft::power_of_two(static_cast<double>(d_useful + format.carriers) /
                                         static_cast<double>(d_apart))),
      d_held(d_useful + d_useful / 2),
      d_spectrum(static_cast<int>(FINER * d_useful), FFTW_FORWARD),
      d_turns(static_cast<int>(d_size), FFTW_FORWARD),
      d_places(static_cast<int>(d_size), FFTW_BACKWARD)
{
    for (size_t first = 0; first < d_apart; first += format.moved) {
        std::fill(d_turns.input(), d_turns.input() + d_size, gr_complex());
        for (size_t k = first; k + d_apart < format.signs.size(); k += d_apart)
            d_turns.input()[k / d_apart] =
                static_cast<float>(format.signs[k] * format.signs[k + d_apart]);
        d_turns.execute();
        d_combs.push_back({ { d_turns.output(), d_turns.output() + d_size } });
    }
}

// Of two spectra that begin half a symbol apart, one has most of a symbol.
void comb_search::add(const gr_complex* samples, size_t count)
{
    for (size_t n = 0; n < count && d_samples < d_longest; n++) {
        const size_t place = d_samples++ % d_every;
        if (place >= d_held.size())
            continue;
        d_held[place] = samples[n];
        if (place + 1 == d_held.size())
            for (const size_t begin : { size_t{ 0 }, d_useful / 2 })
                look(&d_held[begin]);
    }
}

void comb_search::look(const gr_complex* samples)
{
    std::fill(std::copy_n(samples, d_useful, d_spectrum.input()),
              d_spectrum.input() + FINER * d_useful,
              gr_complex());
    d_spectrum.execute();
    const size_t combs = d_has_first ? d_combs.size() : 1;
    for (size_t k = 0; k < combs; k++)
        d_combs[k].most = 0.0;
    for (size_t first = 0; first < FINER * d_apart; first++) {
        take_turns(first);
        for (size_t k = 0; k < combs; k++)
            compare(d_combs[k]);
    }
    const auto places = static_cast<double>(FINER * d_useful);
    d_looked += places;
    const auto symbol = static_cast<double>(d_samples) / static_cast<double>(d_useful);
    for (size_t k = 0; k < combs; k++) {
        const double bits = chance::turn_bits(d_combs[k].most, d_pilots);
        d_has_first |= bits - std::log2(places) >= proof::SUPPORTED;
        if (bits >= proof::LEAST)
            d_combs[k].evidence.add({ symbol, bits, std::log2(d_looked) });
    }
}

// The directions of the turns to each bin from that which is `apart` carriers below it.
void comb_search::take_turns(size_t first)
{
    const size_t bins = FINER * d_useful;
    const gr_complex* const x = d_spectrum.output();
    const auto bin = [&](size_t n) { return x[(n + bins / 2) % bins]; };
    const size_t step = FINER * d_apart;
    size_t place = 0;
    for (size_t n = first; n + step < bins; n += step) {
        const gr_complex turn = bin(n + step) * std::conj(bin(n));
        const double size = std::sqrt(std::norm(std::complex<double>(turn)));
        d_turns.input()[place++] = size > 0.0 && std::isfinite(size)
                                       ? turn / static_cast<float>(size)
                                       : gr_complex();
    }
    std::fill(d_turns.input() + place, d_turns.input() + d_size, gr_complex());
    d_turns.execute();
}

void comb_search::compare(comb& one)
{
    for (size_t n = 0; n < d_size; n++)
        d_places.input()[n] = d_turns.output()[n] * std::conj(one.signs[n]);
    d_places.execute();
    double most = 0.0;
    for (size_t n = 0; n < d_size; n++)
        most = std::max(most, static_cast<double>(std::norm(d_places.output()[n])));
    one.most = std::max(one.most, most / static_cast<double>(d_size * d_size));
}

sync_found comb_search::found() const
{
    sync_found all{ d_name, 0, false, d_combs.front().evidence.bits() };
    for (const auto& one : d_combs) {
        if (!one.evidence.is_proved())
            return {};
        all.frames += one.evidence.frames();
        all.bits = std::min(all.bits, one.evidence.bits());
    }
    return all;
}

} // namespace rfattn
} // namespace gr
