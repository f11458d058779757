/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BAND_TAGGER_H
#define INCLUDED_RFATTN_BAND_TAGGER_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>

#include <memory>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Gives one band of a channelizer its own rate and frequency tags.
 *
 * A channelizer splits a wide receiver into n_bands bands, but passes on the tags of the
 * receiver. This block goes behind it, once per band.
 *
 * # Stream input
 * complex64, the samples of one band.
 *
 * # Stream output
 * complex64, the same samples.
 *
 * # Tags in
 * rx_rate and rx_freq of the receiver (double, Hz).
 *
 * # Tags out
 * - rx_rate: the receiver's rate divided by n_bands.
 * - rx_freq: the middle of the band, rx_freq + offset * rx_rate / n_bands. It is repeated
 *   where only the rate changes, and absent while the rate is unknown.
 *
 * All other tags pass. A key that occurs several times on one sample passes once, since a
 * channelizer multiplies tags.
 */
class RFATTN_API band_tagger : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<band_tagger> sptr;

    /*!
     * \param n_bands number of bands that share the receiver's rate, >= 1
     * \param offset distance of this band from the middle of the receiver, in bands, from
     * -n_bands / 2 to n_bands / 2
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bands, int offset);

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BAND_TAGGER_H
