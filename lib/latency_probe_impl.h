/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H
#define INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H

#include "quantiles.h"

#include <gnuradio/rfattn/latency_probe.h>
#include <chrono>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

class latency_probe_impl : public latency_probe
{
public:
    latency_probe_impl(int n_classes, double interval_ms, double budget_ms);

    bool start() override;
    bool stop() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;
    pmt::pmt_t stats() override;

private:
    using clock = std::chrono::steady_clock;
    using seconds = std::chrono::duration<double>;

    //! The distributions of one span of time, an interval or the whole run.
    struct distributions {
        quantiles latency;
        quantiles wait;
        quantiles inference;

        void add(double wait_seconds, double inference_seconds);
        void clear();
    };

    bool count_step(const tag_t& step);
    void read_counters(const pmt::pmt_t& step);
    void tag_memory(uint64_t offset);
    void tag_ms(uint64_t offset, const pmt::pmt_t& key, double value_seconds);
    double uptime_seconds() const;
    pmt::pmt_t report(const distributions& span) const;

    const size_t d_item_bytes;
    const seconds d_interval;
    const double d_budget_seconds;

    std::vector<tag_t> d_tags;
    distributions d_of_interval;
    distributions d_of_run;
    clock::time_point d_interval_start;

    // As the latest step says; nothing where no step said it.
    uint64_t d_deadline_misses = 0;
    uint64_t d_dropped_tokens = 0;
    uint64_t d_queued_steps = 0;
    std::optional<uint64_t> d_retunes;
    std::optional<uint64_t> d_overflows;
    std::optional<uint64_t> d_kv_bytes;
    std::optional<uint64_t> d_peak_temporary_bytes;
    std::optional<uint64_t> d_device_bytes;

    bool d_running = false;
    clock::time_point d_started;
    seconds d_uptime_before{ 0.0 };
};

} // namespace rfattn
} // namespace gr

#endif /* INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H */
