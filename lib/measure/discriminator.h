/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_DISCRIMINATOR_H
#define INCLUDED_RFATTN_DISCRIMINATOR_H

#include <gnuradio/gr_complex.h>
#include <gnuradio/math.h>

#include <complex>

namespace gr {
namespace rfattn {

//! How far the phase turns from one sample to the next, radians.
class discriminator {
public:
    void restart() { d_last = gr_complex(); }

    float turn_to(gr_complex sample)
    {
        const gr_complex turn = sample * std::conj(d_last);
        d_last = sample;
        return gr::fast_atan2f(turn.imag(), turn.real());
    }

private:
    gr_complex d_last{};
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_DISCRIMINATOR_H
