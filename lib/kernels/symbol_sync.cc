/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_sync.h"
#include "bounded.h"
#include "low_pass.h"

#include <gnuradio/math.h>
#include <volk/volk.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_SAMPLES = 1.5; // of a symbol
constexpr int TAPS = 33;
constexpr double MARGIN = 0.15; // of the width, on both sides
constexpr size_t ERASED = 4096; // samples at a time

// None where it would pass all.
std::vector<float> pass_below(double edge)
{
    return edge >= 0.45 ? std::vector<float>() : low_pass(edge, TAPS);
}

} // namespace

symbol_sync::symbol_sync(double rate, double lower, double upper)
    : d_rate(rate),
      d_taps(pass_below(
          (std::max(std::abs(lower), std::abs(upper)) + MARGIN * (upper - lower)) / rate))
{
    const double width = upper - lower;
    for (const auto& format : sync_formats()) {
        const bool fits = format.least_width <= width && width <= format.most_width;
        if (!fits || rate < LEAST_SAMPLES * format.baud)
            continue;
        const bool is_phase = format.how == sync_format::method::TURNS || format.is_phase;
        clock_of(format.baud, is_phase).add(format);
        if (format.is_in_each_burst)
            d_expected = format.name;
    }
    break_off();
}

symbol_clock& symbol_sync::clock_of(double baud, bool is_phase)
{
    for (auto& clock : d_clocks)
        if (clock.baud() == baud && clock.is_phase() == is_phase)
            return clock;
    return d_clocks.emplace_back(baud, d_rate / baud, is_phase);
}

void symbol_sync::break_off()
{
    d_held.assign(d_taps.empty() ? 0 : d_taps.size() - 1, gr_complex());
    d_last = gr_complex();
    d_first = 0;
    d_phase.clear();
    d_sums.clear();
    for (auto& clock : d_clocks)
        clock.restart();
}

void symbol_sync::add(const gr_complex* samples, size_t count)
{
    d_held.insert(d_held.end(), samples, samples + count);
    double phase = d_phase.empty() ? 0.0 : d_phase.back();
    std::complex<double> sum = d_sums.empty() ? 0.0 : d_sums.back();
    for (size_t n = 0; n < count; n++) {
        gr_complex now = d_held[n];
        if (!d_taps.empty())
            volk_32fc_32f_dot_prod_32fc(
                &now, &d_held[n], d_taps.data(), static_cast<unsigned>(d_taps.size()));
        now = bounded(now);
        const gr_complex turn = now * std::conj(d_last);
        phase += gr::fast_atan2f(turn.imag(), turn.real());
        sum += std::complex<double>(now);
        d_last = now;
        d_phase.push_back(phase);
        d_sums.push_back(sum);
    }
    d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(count));
    for (auto& clock : d_clocks)
        clock.run(d_phase, d_sums, d_first);
    drop_used();
}

// Many at a time, since what stays is moved.
void symbol_sync::drop_used()
{
    uint64_t needed = d_first + d_phase.size();
    for (const auto& clock : d_clocks)
        needed = std::min(needed, clock.needed());
    if (needed < d_first + ERASED)
        return;
    const auto used = static_cast<ptrdiff_t>(needed - d_first);
    d_phase.erase(d_phase.begin(), d_phase.begin() + used);
    d_sums.erase(d_sums.begin(), d_sums.begin() + used);
    const auto all = d_sums.empty() ? 0.0 : d_sums.back();
    for (auto& sum : d_sums) // sums from now on, as in symbol_row
        sum -= all;
    d_first = needed;
}

sync_found symbol_sync::found() const
{
    return sync_found::best(d_clocks, [](const auto& clock) { return clock.found(); });
}

} // namespace rfattn
} // namespace gr
