/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_DISCRIMINATOR_H
#define INCLUDED_RFATTN_DISCRIMINATOR_H

#include <gnuradio/gr_complex.h>
#include <volk/volk.h>

#include <complex>
#include <vector>

namespace gr {
namespace rfattn {

//! How far the phase turns from one sample to the next, radians.
class discriminator {
public:
    void restart() { d_last = gr_complex(); }

    //! Replaces `turns` by those of so many samples.
    void run(const std::vector<gr_complex>& samples, std::vector<float>& turns)
    {
        turns.resize(samples.size());
        d_products.resize(samples.size());
        if (samples.empty())
            return;
        const auto rest = static_cast<unsigned>(samples.size() - 1);
        d_products[0] = samples[0] * std::conj(d_last);
        volk_32fc_x2_multiply_conjugate_32fc(
            d_products.data() + 1, samples.data() + 1, samples.data(), rest);
        volk_32fc_s32f_atan2_32f(turns.data(), d_products.data(), 1.0f, rest + 1);
        d_last = samples.back();
    }

private:
    gr_complex d_last{};
    std::vector<gr_complex> d_products;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_DISCRIMINATOR_H
