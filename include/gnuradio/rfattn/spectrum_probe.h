/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPECTRUM_PROBE_H
#define INCLUDED_RFATTN_SPECTRUM_PROBE_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>

#include <memory>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Condenses tokens to a few rows a second, for a waterfall.
 *
 * Goes beside token_buffer, behind power_spectrum. It never waits.
 *
 * # Stream input
 * float32[n_bins], tokens in dB, any rate.
 *
 * # Messages out
 * spectra, one dictionary per interval in which tokens arrive:
 * - peak_db, mean_db (float32 vector, dB): largest value and mean of the values in dB of
 *   each bin; of more than MAX_VALUES bins, of equal groups of neighbours
 * - tokens, sample_start, segment (uint64): how many they are, the first sample of the
 *   first one and its segment
 * - sides; stream (uint64) where stated; frequency, sample_rate (double, Hz) where known
 *
 * No row spans a change of stream, rx_freq or rx_rate: what came before it is left out. A
 * row may span other gaps.
 *
 * # Tags in
 * rfattn:segment of power_spectrum; without, one segment of one-sample tokens is assumed.
 */
class RFATTN_API spectrum_probe : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<spectrum_probe> sptr;

    static constexpr int MAX_VALUES = 512; //!< in a row

    /*!
     * \param n_bins values in a token, >= 1
     * \param interval_ms time between two messages, ms, > 0
     * \param sides "two" or "one", the parameter of power_spectrum; passed on to the
     * reader
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr
    make(int n_bins, double interval_ms = 250.0, const std::string& sides = "two");
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTRUM_PROBE_H
