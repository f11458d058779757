/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_POWER_SPECTRUM_IMPL_H
#define INCLUDED_RFATTN_POWER_SPECTRUM_IMPL_H

#include "gap_tags.h"
#include "run_error.h"
#include "spectra/sample_check.h"
#include "spectra/spectrum.h"
#include "streams/segment.h"

#include <gnuradio/rfattn/power_spectrum.h>

#include <atomic>

namespace gr {
namespace rfattn {

//! Framing, gaps and tags; the spectra are the kernel's. Overlap is kept in the input
//! buffer by not consuming it, so offsets are those of the stream and no history is set.
class power_spectrum_impl : public power_spectrum {
public:
    explicit power_spectrum_impl(const settings& s);

    uint64_t samples_per_token() const override { return d_hop * d_averaging; }
    uint64_t token_samples() const override
    {
        return d_fft_size + (d_averaging - 1) * d_hop;
    }
    uint64_t segments() const override { return d_segments; }
    uint64_t retunes() const override { return d_retunes; }
    uint64_t samples_non_finite() const override { return d_check.non_finite(); }
    uint64_t samples_saturated() const override { return d_check.saturated(); }
    std::string error() const override { return d_error.text(); }

    bool start() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int general_work(int noutput_items,
                     gr_vector_int& ninput_items,
                     gr_vector_const_void_star& input_items,
                     gr_vector_void_star& output_items) override;

private:
    // The unread input of a work call, and the room in its output.
    struct cursor {
        const gr_complex* in;
        uint64_t position; // absolute, of in
        float* out;
        int produced;
        int room;
        uint64_t arrival_ns;
    };

    int make_tokens_of(cursor at, uint64_t end);
    void check_samples(const gr_complex* samples, uint64_t begin, uint64_t end);
    void begin_segment(uint64_t sample);
    void make_tokens(cursor& at, uint64_t end);
    void skip(cursor& at, uint64_t end);
    void write_token(cursor& at);

    const uint64_t d_fft_size;
    const uint64_t d_hop;
    const uint64_t d_averaging;
    const int d_n_bins;
    const pmt::pmt_t d_front_end; // states the parameters in every segment

    spectrum d_spectrum;
    segment d_segment;
    bool d_begun = false;     // d_segment is that of the next sample
    bool d_announced = false; // d_segment had its tag
    uint64_t d_skip = 0;      // samples to the start of the next frame
    gap_tags d_gaps;
    sample_check d_check;
    uint64_t d_checked = 0; // samples
    std::atomic<uint64_t> d_segments{ 0 };
    std::atomic<uint64_t> d_retunes{ 0 };
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_POWER_SPECTRUM_IMPL_H
