/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H
#define INCLUDED_RFATTN_LATENCY_PROBE_IMPL_H

#include "kernels/histogram.h"
#include "kernels/quantiles.h"

#include <chrono>
#include <gnuradio/rfattn/latency_probe.h>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

class latency_probe_impl : public latency_probe {
public:
    latency_probe_impl(int n_classes, double interval_ms, double budget_ms, int channels);

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

    //! The same of the whole run, in buckets.
    struct histograms {
        histogram latency;
        histogram wait;
        histogram inference;

        void add(double wait_seconds, double inference_seconds);
    };

    //! As the latest step of a channel says; nothing where it doesn't.
    struct channel_counters {
        uint64_t dropped_tokens = 0;
        uint64_t queued_steps = 0;
        std::optional<uint64_t> retunes;
        std::optional<uint64_t> overflows;
    };

    struct step_entries;

    bool count_step(int channel, const tag_t& step);
    void read_counters(int channel, const step_entries& found);
    void tag_memory(int channel, uint64_t offset);
    void
    tag_ms(int channel, uint64_t offset, const pmt::pmt_t& key, double value_seconds);
    channel_counters counters() const;
    double uptime_seconds() const;
    pmt::pmt_t report(const distributions& span) const;

    const size_t d_item_bytes;
    const seconds d_interval;
    const double d_budget_seconds;

    std::vector<tag_t> d_tags;
    distributions d_of_interval;
    distributions d_of_run;
    histograms d_buckets;
    clock::time_point d_interval_start;
    uint64_t d_deadline_misses = 0;
    std::vector<channel_counters> d_channels;

    // As the latest step says; nothing where no step said it.
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
