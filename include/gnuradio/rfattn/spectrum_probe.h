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
 * \brief Condenses tokens to a few rows per second, for the waterfall of `gr-rfattn
 * serve`.
 *
 * Connect it to the output of a `power_spectrum`. For a picture of a wide band give it
 * one of its own with 1024 bins; spectra of less than a screen's width hide what is
 * narrow. It never holds up the flowgraph.
 *
 * # Stream input
 * float32[n_bins], tokens in dB, any rate.
 *
 * # Tags in
 * rfattn:segment of `power_spectrum`. Without it the block assumes one segment of tokens
 * that are one sample long.
 *
 * # Messages out
 * - spectra: one dictionary for each interval in which tokens arrive, with the entries
 *   below.
 *
 * Entries of the dictionary:
 * - peak_db, mean_db (float32 vectors, dB): the largest value, and the mean of the values
 *   in dB, of each bin.
 * - tokens, sample_start, segment (uint64): how many tokens the row covers, the first
 *   sample of the first one, and its segment.
 * - sides (symbol): the parameter.
 * - stream (uint64): where it is stated.
 * - frequency, sample_rate (double, Hz): where they are known.
 *
 * A row never spans a change of stream, rx_freq or rx_rate; the tokens before the change
 * are left out. A row may span other gaps.
 */
class RFATTN_API spectrum_probe : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<spectrum_probe> sptr;

    struct settings {
        //! time between two messages, ms, > 0
        double interval_ms = 250.0;
        //! "two" or "one", like the parameter of power_spectrum; the reader of the
        //! messages needs it for the frequency axis
        std::string sides = "two";
    };

    /*!
     * \param n_bins values in a token, >= 1
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins, const settings& s);
    static sptr make(int n_bins) { return make(n_bins, settings()); }

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTRUM_PROBE_H
