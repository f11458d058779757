/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BAND_TAGGER_H
#define INCLUDED_RFATTN_BAND_TAGGER_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>

#include <memory>

namespace gr {
namespace rfattn {

/*!
 * \brief Turns the rate and frequency tags of a wide receiver into those of one of the
 * bands that a channelizer has split it into.
 *
 * # Stream input
 * complex64 of one band, at the rate of the band.
 *
 * # Stream output
 * The same samples.
 *
 * # Tags in
 * rx_rate and rx_freq (double, Hz) of the receiver.
 *
 * # Tags out
 * rx_rate becomes rx_rate / n_bands. rx_freq becomes the middle of the band, rx_freq +
 * offset * rx_rate / n_bands, and is stated again where only the rate changes; without a
 * known rate there is no rx_freq. All other tags pass. Of equal keys on one sample, which
 * a channelizer multiplies, one passes.
 */
class RFATTN_API band_tagger : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<band_tagger> sptr;

    /*!
     * \param n_bands bands that share the receiver's rate, >= 1
     * \param offset of this band from the receiver's middle, in bands, from -n_bands / 2
     * to n_bands / 2
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bands, int offset);
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BAND_TAGGER_H
