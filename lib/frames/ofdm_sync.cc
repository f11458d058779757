/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "ofdm_sync.h"
#include "words/chance.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t PARTS = 4; // of a piece
// Looked at together. Other systems have periods of whole milliseconds, which seem to
// stay for a while: four symbols of DAB are nearly 5 ms.
constexpr size_t SYMBOLS = 128;
constexpr double LEAST_PART = 4.0; // samples

} // namespace

prefix_search::prefix_search(const prefix_format& format, double prefix, double rate)
    : d_name(format.name),
      d_useful(static_cast<size_t>(std::lround(rate / format.baud))),
      d_pieces(static_cast<size_t>(std::floor(1.0 / prefix + 1.0))),
      d_part(rate / format.baud * (1.0 + prefix) / static_cast<double>(d_pieces * PARTS)),
      d_longest(format.longest_s * rate),
      d_before(d_useful)
{
    restart();
}

void prefix_search::restart()
{
    d_samples = 0;
    d_end = static_cast<double>(d_useful) + d_part;
    d_alike = d_power = 0.0;
    d_likeness.clear();
    d_powers.clear();
}

void prefix_search::add(const gr_complex* samples, size_t count)
{
    for (size_t n = 0; n < count && static_cast<double>(d_samples) < d_longest; n++) {
        gr_complex& before = d_before[d_samples % d_useful];
        if (d_samples >= d_useful) {
            const gr_complex a = samples[n], b = before;
            d_alike += std::complex<double>(a.real() * b.real() + a.imag() * b.imag(),
                                            a.imag() * b.real() - a.real() * b.imag());
            d_power += std::norm(a) + std::norm(b);
        }
        before = samples[n];
        if (static_cast<double>(++d_samples) >= d_end)
            end_part();
    }
}

void prefix_search::end_part()
{
    const bool is_right = std::isfinite(d_power);
    d_likeness.push_back(is_right ? d_alike : 0.0);
    d_powers.push_back(is_right ? d_power : 0.0);
    d_alike = d_power = 0.0;
    d_end += d_part;
    if (d_powers.size() == SYMBOLS * d_pieces * PARTS)
        look();
}

void prefix_search::look()
{
    const size_t parts = d_pieces * PARTS;
    std::vector<double> alike; // of the piece that begins with each part
    for (size_t k = 0; k + PARTS <= d_powers.size(); k++) {
        std::complex<double> sum = 0.0;
        double power = 0.0;
        for (size_t part = k; part < k + PARTS; part++) {
            sum += d_likeness[part];
            power += d_powers[part];
        }
        alike.push_back(power > 0.0 ? std::norm(sum / power) : 0.0);
    }
    d_likeness.clear();
    d_powers.clear();
    double bits = 0.0;
    for (size_t first = 0; first < parts; first++) {
        double shares = 0.0;
        size_t wrong = 0;
        for (size_t symbol = 0; symbol + 1 < SYMBOLS; symbol++) {
            const size_t k = first + symbol * parts;
            double all = 0.0, most = 0.0;
            for (size_t piece = 0; piece < d_pieces; piece++) {
                all += alike[k + PARTS * piece];
                most = std::max(most, alike[k + PARTS * piece]);
            }
            shares += all > 0.0 ? alike[k] / all : 0.0;
            wrong += alike[k] < most ? 1 : 0;
        }
        const double of_noise =
            chance::share_bits(SYMBOLS - 1, shares / (SYMBOLS - 1), d_pieces);
        const double of_others =
            chance::match_bits(SYMBOLS, wrong, static_cast<unsigned>(d_pieces));
        bits = std::max(bits, std::min(of_noise, of_others));
    }
    d_looks += static_cast<double>(parts);
    if (bits >= proof::LEAST)
        d_proof.add({ d_looks, bits, std::log2(d_looks) });
}

ofdm_sync::ofdm_sync(double rate, double width)
{
    for (const auto& format : prefix_formats())
        for (const double prefix : format.prefixes)
            if (fits(width, format) && rate * prefix >= LEAST_PART * PARTS * format.baud)
                d_prefixes.emplace_back(format, prefix, rate);
    for (const auto& format : comb_formats())
        if (fits(width, format) && rate >= format.least_rate())
            d_combs.emplace_back(format, rate);
}

void ofdm_sync::add(const gr_complex* samples, size_t count)
{
    for (auto& search : d_prefixes)
        search.add(samples, count);
    for (auto& search : d_combs)
        search.add(samples, count);
}

void ofdm_sync::break_off()
{
    for (auto& search : d_prefixes)
        search.restart();
    for (auto& search : d_combs)
        search.restart();
}

sync_found ofdm_sync::found() const
{
    const auto of = [](const auto& s) { return s.found(); };
    return sync_found::better(sync_found::best(d_prefixes, of),
                              sync_found::best(d_combs, of));
}

} // namespace rfattn
} // namespace gr
