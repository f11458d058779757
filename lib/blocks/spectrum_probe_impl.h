/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPECTRUM_PROBE_IMPL_H
#define INCLUDED_RFATTN_SPECTRUM_PROBE_IMPL_H

#include "run_error.h"
#include "streams/segment.h"

#include <gnuradio/rfattn/spectrum_probe.h>

#include <chrono>
#include <vector>

namespace gr {
namespace rfattn {

class spectrum_probe_impl : public spectrum_probe {
public:
    spectrum_probe_impl(int n_bins, const settings& s);

    std::string error() const override { return d_error.text(); }

    bool start() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    using clock = std::chrono::steady_clock;

    void add_tokens(const float* token, uint64_t count);
    void begin_segment(const tag_t& tag);
    void clear_row();
    void add(const float* token, uint64_t item);
    pmt::pmt_t row() const;

    const size_t d_n_bins;
    const std::chrono::duration<double> d_interval;
    const std::string d_sides;

    segment d_segment;
    uint64_t d_segment_item = 0; // the first token of d_segment

    // The row so far.
    std::vector<float> d_peak;
    std::vector<double> d_sum;
    uint64_t d_tokens = 0;
    uint64_t d_row_segment = 0;
    uint64_t d_row_sample = 0;
    clock::time_point d_row_began;

    std::vector<tag_t> d_tags;
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTRUM_PROBE_IMPL_H
