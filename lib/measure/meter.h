/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_METER_H
#define INCLUDED_RFATTN_METER_H

#include "findings.h"

#include <gnuradio/gr_complex.h>

#include <vector>

namespace gr {
namespace rfattn {

//! Samples of an emission's channel, without what lies beside the emission.
struct channel_piece {
    const std::vector<gr_complex>& samples;
    const std::vector<float>& turns;      //!< of the phase from sample to sample, radians
    const std::vector<float>& amplitudes; //!< of the samples
};

//! Measures something of an emission's signal, of which the table of findings gets the
//! result.
class meter {
public:
    virtual ~meter() = default;

    //! Whether add() would look at what comes next.
    virtual bool is_reading() const = 0;
    virtual void add(const channel_piece& piece) = 0;
    //! What comes does not follow what came.
    virtual void break_off() = 0;
    //! A burst is over, and so are those before it.
    virtual void finish() { break_off(); }
    //! Sets what is known by now.
    virtual void report(findings& found) const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_METER_H
