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
 * \brief States the rate and frequency of samples whose source does not, as gr-osmosdr,
 * ZMQ and network sources don't.
 *
 * Stream in, stream out: complex64, unchanged, with all its tags.
 *
 * Tags added: rx_rate and rx_freq (double, Hz), on the first sample of a run and on the
 * first one after each change. For power_spectrum a change is so a gap, as a retune is.
 * What is still under way from the receiver at a change counts as received after it.
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

    //! \throws std::invalid_argument as the constructor
    virtual void set_sample_rate(double sample_rate) = 0;

    //! \throws std::invalid_argument as the constructor
    virtual void set_frequency(std::optional<double> frequency) = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RX_TAGGER_H
