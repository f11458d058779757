/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_SYNC_H
#define INCLUDED_RFATTN_SYMBOL_SYNC_H

#include "symbol_clock.h"

#include <gnuradio/gr_complex.h>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the frames of `sync_formats` in an emission.
 */
class symbol_sync {
public:
    //! \param rate Hz \param lower,upper edges of the emission, Hz from the centre
    symbol_sync(double rate, double lower, double upper);

    bool has_formats() const { return !d_clocks.empty(); }
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;
    //! The format that each burst of its class has, if it was looked for; or null.
    const char* expected() const { return d_expected; }

private:
    symbol_clock& clock_of(double baud, bool is_phase);
    void drop_used();

    double d_rate;
    const char* d_expected = nullptr;
    std::vector<float> d_taps; // none: the channel is not wider than the emission
    std::vector<gr_complex> d_held;
    gr_complex d_last{};
    uint64_t d_first = 0; // sample of both that follow
    std::vector<double> d_phase;
    std::vector<std::complex<double>> d_sums;
    std::vector<symbol_clock> d_clocks;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_SYNC_H
