/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RX_TAGGER_IMPL_H
#define INCLUDED_RFATTN_RX_TAGGER_IMPL_H

#include <gnuradio/rfattn/rx_tagger.h>

namespace gr {
namespace rfattn {

class rx_tagger_impl : public rx_tagger {
public:
    rx_tagger_impl(double sample_rate, std::optional<double> frequency);

    void set_sample_rate(double sample_rate) override;
    void set_frequency(std::optional<double> frequency) override;

    bool start() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    double d_sample_rate;
    std::optional<double> d_frequency;
    bool d_pending = true; // the next sample gets the tags
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RX_TAGGER_IMPL_H
