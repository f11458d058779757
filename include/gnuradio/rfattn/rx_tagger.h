/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RX_TAGGER_H
#define INCLUDED_RFATTN_RX_TAGGER_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>

#include <memory>
#include <optional>

namespace gr {
namespace rfattn {

/*!
 * \brief States the rate and frequency of samples whose source does not state them, such
 * as gr-osmosdr, ZMQ and network sources.
 *
 * # Stream input
 * complex64, any rate.
 *
 * # Stream output
 * The same samples, with all their tags.
 *
 * # Tags out
 * rx_rate and rx_freq (double, Hz), on the first sample of a run and on the first one
 * after each change, which power_spectrum takes for a gap. Samples that are on their way
 * from the receiver during a change count as received after it.
 */
class RFATTN_API rx_tagger : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<rx_tagger> sptr;

    /*!
     * \param sample_rate samples a second, > 0
     * \param frequency of the spectrum's middle, Hz; without it no rx_freq is added
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(double sample_rate, std::optional<double> frequency = std::nullopt);

    //! Takes effect with the next sample. \throws std::invalid_argument like make()
    virtual void set_sample_rate(double sample_rate) = 0;

    //! Takes effect with the next sample. \throws std::invalid_argument like make()
    virtual void set_frequency(std::optional<double> frequency) = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RX_TAGGER_H
