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
 * \brief Tags samples with their rate and frequency, for sources that send no such tags.
 *
 * gr-osmosdr, ZMQ and network sources need it; gr-soapy and gr-uhd tag their samples
 * themselves. Give the source and this block the same variables, so that a retune ends
 * the segment and no label spans it.
 *
 * # Stream input
 * complex64, any rate.
 *
 * # Stream output
 * complex64, the same samples with all their tags.
 *
 * # Tags out
 * rx_rate and rx_freq (double, Hz), on the first sample of a run and on the first sample
 * after each change of a parameter. `power_spectrum` treats a change as a gap. Samples
 * that are on their way from the receiver during a change count as received after it.
 */
class RFATTN_API rx_tagger : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<rx_tagger> sptr;

    /*!
     * \param sample_rate samples per second, Hz, > 0
     * \param frequency centre of the spectrum, Hz, finite; None if unknown: then no
     * rx_freq is added
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(double sample_rate, std::optional<double> frequency = std::nullopt);

    //! Changes the rate from the next sample on.
    //! \throws std::invalid_argument like make()
    virtual void set_sample_rate(double sample_rate) = 0;

    //! Changes the frequency from the next sample on.
    //! \throws std::invalid_argument like make()
    virtual void set_frequency(std::optional<double> frequency) = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RX_TAGGER_H
