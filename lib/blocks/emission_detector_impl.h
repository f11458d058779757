/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_DETECTOR_IMPL_H
#define INCLUDED_RFATTN_EMISSION_DETECTOR_IMPL_H

#include "base/band_list.h"
#include "detect/detector.h"
#include "gap_tags.h"
#include "run_error.h"
#include "spectra/repeated_samples.h"
#include "spectra/sample_check.h"
#include "streams/segment.h"

#include <gnuradio/rfattn/emission_detector.h>

#include <atomic>
#include <map>
#include <vector>

namespace gr {
namespace rfattn {

//! Finds segments and turns reports into tags and messages. The kernel does the rest.
class emission_detector_impl : public emission_detector {
public:
    emission_detector_impl(double sample_rate, const settings& s);

    uint64_t emissions_found() const override { return d_found; }
    uint64_t emissions_live() const override { return d_live; }
    uint64_t samples_non_finite() const override { return d_check.non_finite(); }
    uint64_t samples_saturated() const override { return d_check.saturated(); }
    uint64_t samples_repeated() const override { return d_repeated.count(); }
    uint64_t samples_absent() const override { return d_absent; }
    void leave_out(const std::string& decision) override
    {
        d_detector.made().leave_out(decision);
    }
    std::map<std::string, uint64_t> decided() const override
    {
        return d_detector.made().by_name();
    }
    std::string error() const override { return d_error.text(); }

    bool start() override;
    bool stop() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int fixed_rate_ninput_to_noutput(int ninput_items) override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    //! What the messages of an emission have not contained yet.
    struct unsent {
        std::vector<burst> bursts;
        uint64_t sent_at = 0;    // sample of the last message
        bool non_finite = false; // a sample of it
    };

    bool input_is_done() const;
    void finish();
    const gr_complex*
    finite_samples(const gr_complex* samples, uint64_t begin, int count);
    void detect(const gr_complex* samples, uint64_t begin, uint64_t end);
    void begin_segment(uint64_t sample);
    void report(const std::vector<emission>& reports, bool as_tags);
    void send(emission e);
    unsigned non_finite_flag(const emission& e);
    unsigned ignored_flag(const emission& e) const;

    const double d_rate;
    detector d_detector;
    const band_list d_ignored;
    segment d_segment;
    bool d_begun = false;
    gap_tags d_gaps;
    sample_check d_check;
    repeated_samples d_repeated;
    std::vector<gr_complex> d_finite;    // where a sample of a work call is not finite
    std::map<uint64_t, unsent> d_unsent; // what was not sent, by id
    uint64_t d_absent_before = 0;        // the segment
    std::atomic<uint64_t> d_absent{ 0 };
    std::atomic<uint64_t> d_found{ 0 };
    std::atomic<uint64_t> d_live{ 0 };
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_DETECTOR_IMPL_H
