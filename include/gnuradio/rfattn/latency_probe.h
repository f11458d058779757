/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LATENCY_PROBE_H
#define INCLUDED_RFATTN_LATENCY_PROBE_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>
#include <pmt/pmt.h>

#include <memory>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Passes logits through and measures how late each step is and what it costs.
 *
 * Latency runs from the arrival of a step's last sample in power_spectrum or
 * emission_extractor to the end of inference in transformer, on the monotonic clock. It
 * includes neither the age of the samples at arrival nor what happens after transformer.
 *
 * A step whose last sample came before the detector had reported its burst could not be
 * made in time. Such steps are *found late*. They are counted apart, and neither miss the
 * deadline nor count in latency_seconds and wait_seconds.
 *
 * # Stream input
 * float32[n_classes], one item for each step, of any streams.
 *
 * # Stream output
 * float32[n_classes], the same items with all their tags. It need not be connected.
 *
 * # Tags in
 * rfattn:step, a dictionary with arrival_ns, start_ns and end_ns (uint64, ns), and
 * found_ns of a step that was found late. Items without the first three are passed on,
 * not counted and not tagged.
 *
 * # Tags out
 * - rfattn:latency_ms, rfattn:wait_ms (arrival to start of inference) and
 *   rfattn:inference_ms (double), every counted item. The first is the sum of the others.
 * - rfattn:kv_bytes where the step states it, and rfattn:rss_bytes, resident memory of
 *   this process (uint64), first counted item of each interval.
 *
 * # Messages out
 * stats: one dictionary for each interval in which steps arrive, posted with the first
 * items after its end. Keys as in stats(), but latency_seconds, wait_seconds,
 * inference_seconds and found_late_seconds cover the interval only. What came after the
 * last message is in stats() alone.
 */
class RFATTN_API latency_probe : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<latency_probe> sptr;

    struct settings {
        //! time between two messages, ms, > 0
        double interval_ms = 1000.0;
        //! latency above which a step has missed its deadline, ms, > 0
        double budget_ms = 30.0;
    };

    /*!
     * \param n_classes floats in an item, >= 1
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_classes, const settings& s);
    static sptr make(int n_classes) { return make(n_classes, settings()); }

    /*!
     * The statistics of the whole run so far. May be called at any time, from any thread,
     * also after stop().
     *
     * \return dictionary of
     * - steps, interval_steps (uint64): steps counted in the run, and in the span that
     *   the distributions cover
     * - latency_seconds, wait_seconds, inference_seconds: dictionaries of count (uint64),
     *   mean, max (exact, s), p50, p95, p99 (within 1 %, s); zeros when empty
     * - found_late_steps (uint64): steps of the run that were found late;
     *   found_late_seconds, their latency, a dictionary as above
     * - latency_histogram, wait_histogram, inference_histogram, of the whole run:
     *   dictionaries of upper_seconds, edges (n doubles, s); counts (n + 1 uint64), the
     *   values up to and with each edge but above the one before, and those above all;
     *   sum_seconds of all values
     * - budget_seconds (double): the parameter budget_ms, in s
     * - deadline_misses (uint64): steps of the run with a latency above the budget, of
     *   those that were not found late
     * - tokens_in, dropped_tokens, queued_steps (uint64), all streams together: tokens
     *   that entered token_buffer and tokens that it dropped before the latest step, and
     *   steps that waited when it left
     * - rested_tokens (uint64): tokens that token_scheduler discarded before them; 0
     *   without one
     * - retunes, overflows (uint64): gaps in the samples, changes of frequency and
     *   others; the most that any stream had. Absent where no step states them
     * - streams, evictions (uint64): streams for which the model holds a cache, and
     *   caches that it evicted since its start. Absent where the latest step does not
     *   state them
     * - kv_bytes, device_bytes (uint64, bytes): key and value caches of the model, memory
     *   held on the device. Absent where the latest step does not state them
     * - peak_temporary_bytes (uint64, bytes): the largest that any step states. Absent
     *   where none does
     * - rss_bytes, peak_rss_bytes (uint64, bytes): resident memory of this process, now
     *   and at its highest
     * - uptime_seconds (double): time between start() and stop(), summed over restarts, s
     */
    virtual pmt::pmt_t stats() = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LATENCY_PROBE_H
