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
 * \brief Passes logits through and measures how late each step is and what it costs.
 * \ingroup rfattn
 *
 * Latency runs from the arrival of a step's last sample in power_spectrum to the end of
 * inference in transformer, on the monotonic clock. It says nothing of the age of the
 * samples at arrival, nor of what happens after transformer.
 *
 * Streams in, streams out: channels times float[n_classes], one item per step, unchanged,
 * with all its tags. The step of each channel counts as one.
 *
 * Tags read: rfattn:step with arrival_ns, start_ns and end_ns. Items without are passed
 * on and not counted. Tags added: see tags.h.
 *
 * Messages out: stats, one dictionary per interval in which items arrive; see stats().
 */
class RFATTN_API latency_probe : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<latency_probe> sptr;

    /*!
     * Throws std::invalid_argument when a parameter breaks its rule.
     *
     * \param n_classes floats per item, >= 1
     * \param interval_ms time between two messages, ms, > 0
     * \param budget_ms latency above which a step has missed its deadline, ms, > 0
     * \param channels inputs, and outputs: those of transformer, >= 1
     */
    static sptr make(int n_classes,
                     double interval_ms = 1000.0,
                     double budget_ms = 30.0,
                     int channels = 1);

    /*!
     * \return (dictionary) The statistics of the whole run so far. May be called at any
     * time, from any thread; the binding documents the keys.
     */
    virtual pmt::pmt_t stats() = 0;
};

} // namespace rfattn
} // namespace gr

#endif /* INCLUDED_RFATTN_LATENCY_PROBE_H */
