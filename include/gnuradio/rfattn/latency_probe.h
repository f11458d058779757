/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LATENCY_PROBE_H
#define INCLUDED_RFATTN_LATENCY_PROBE_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>
#include <pmt/pmt.h>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures how late each step is and what it costs, and passes the logits on.
 *
 * The latency of a step begins when its last sample arrives in `power_spectrum` and ends
 * with the inference in `transformer`, on the monotonic clock. It includes neither the
 * age of the samples at their arrival nor the time that blocks behind `transformer` take.
 *
 * # Stream input
 * `channels` times float32[n_classes], one item per step. The step of each channel counts
 * as one.
 *
 * # Stream output
 * `channels` times float32[n_classes], the same items with all their tags.
 *
 * # Tags in
 * rfattn:step, dictionary with arrival_ns, start_ns and end_ns (uint64, ns). Items
 * without it are passed on, but neither counted nor tagged.
 *
 * # Tags out
 * - rfattn:latency_ms (double, ms), each counted item: the sum of the next two.
 * - rfattn:wait_ms (double, ms), each counted item: from arrival to the start of
 * inference.
 * - rfattn:inference_ms (double, ms), each counted item.
 * - rfattn:kv_bytes (uint64), first counted item of an interval, where the step states
 * it.
 * - rfattn:rss_bytes (uint64), first counted item of an interval: resident memory of this
 *   process.
 *
 * # Messages out
 * - stats: one dictionary for each interval in which steps arrive, sent with the first
 *   items after its end. It has the entries of stats(), but latency_seconds, wait_seconds
 *   and inference_seconds cover the interval only. Steps after the last message appear in
 *   stats() alone.
 */
class RFATTN_API latency_probe : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<latency_probe> sptr;

    /*!
     * \param n_classes values in an item, >= 1
     * \param interval_ms time between two messages, ms, > 0
     * \param budget_ms latency above which a step misses its deadline, ms, > 0
     * \param channels number of inputs and of outputs, >= 1; that of transformer
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_classes,
                     double interval_ms = 1000.0,
                     double budget_ms = 30.0,
                     int channels = 1);

    /*!
     * The statistics of the whole run so far. Any thread may call it, also after stop().
     *
     * - steps, interval_steps (uint64): steps counted in the run, and in the time that
     * the three distributions cover.
     * - latency_seconds, wait_seconds, inference_seconds (dictionaries): count (uint64);
     *   mean, max (exact, s); p50, p95, p99 (within 1 %, s). Zeros when empty.
     * - latency_histogram, wait_histogram, inference_histogram (dictionaries), of the
     * whole run: upper_seconds (n double, s), the upper edges; counts (n + 1 uint64), the
     *   values above the edge before and up to each edge, and last those above all edges;
     *   sum_seconds of all values.
     * - budget_seconds (double): the budget_ms parameter in s.
     * - deadline_misses (uint64): steps of the run with a latency above the budget.
     * - dropped_tokens, queued_steps (uint64): tokens dropped before the latest step, and
     *   steps waiting behind it; sums over the channels.
     * - retunes, overflows (uint64): gaps before the latest step, by kind: changes of
     *   frequency, and others; the highest of the channels. Absent where the step does
     * not state them.
     * - kv_bytes, device_bytes (uint64): key and value cache of the model, and memory
     * held on the device. Absent where the latest step does not state them.
     * - peak_temporary_bytes (uint64): the highest that any step stated. Absent where
     *   unknown.
     * - rss_bytes, peak_rss_bytes (uint64): resident memory of this process, now and at
     * its highest.
     * - uptime_seconds (double): time between start() and stop(), summed over restarts,
     * s.
     *
     * \return PMT dictionary of the entries above
     */
    virtual pmt::pmt_t stats() = 0;
};

} // namespace rfattn
} // namespace gr

#endif /* INCLUDED_RFATTN_LATENCY_PROBE_H */
