/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H
#define INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H

#include "base/histogram.h"
#include "base/quantiles.h"
#include "run_error.h"

#include <gnuradio/rfattn/latency_probe.h>

#include <chrono>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

//! What a step's dictionary states is read and reported by the table in the source file.
class latency_probe_impl : public latency_probe {
public:
    latency_probe_impl(int n_classes, const settings& s);

    std::string error() const override { return d_error.text(); }

    bool start() override;
    bool stop() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;
    pmt::pmt_t stats() override;

private:
    using clock = std::chrono::steady_clock;
    using seconds = std::chrono::duration<double>;
    using values = std::vector<std::optional<uint64_t>>; // one for each row

    //! A duration of the steps.
    struct timing {
        quantiles interval;
        quantiles run;
        histogram buckets; // counts of the run

        void add(double duration_seconds);
    };

    bool has_output() const;
    void count_steps(int noutput_items);
    bool count_step(const tag_t& step);
    void tag_memory(uint64_t offset);
    void tag_ms(uint64_t offset, const char* key, double value_seconds);
    double uptime_seconds() const;
    pmt::pmt_t report(quantiles timing::* span) const;

    const size_t d_item_bytes;
    const seconds d_interval;
    const double d_budget_seconds;

    std::vector<tag_t> d_tags;
    timing d_latency;
    timing d_wait;
    timing d_inference;
    timing d_found_late; // latency of the steps that the first two leave out
    values d_stated;     // values of the step just read
    values d_reported;   // values of the run so far
    uint64_t d_deadline_misses = 0;
    clock::time_point d_interval_start;

    bool d_running = false;
    clock::time_point d_started;
    seconds d_uptime_before{ 0.0 };
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H
