/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_MEASURES_H
#define INCLUDED_RFATTN_CHANNEL_MEASURES_H

#include "channel/channel_filter.h"
#include "measure/discriminator.h"
#include "measure/meters.h"
#include "pilot_sync.h"
#include "subcarrier_sync.h"
#include "symbol_reader.h"

#include <gnuradio/gr_complex.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the frames of `sync_formats` in an emission, and for those of
 * `subcarriers` and the pilot tone of broadcasting in what modulates it, and measures it.
 */
class channel_measures {
public:
    //! \param rate,centre of the channel, Hz
    //! \param lower,upper edges of the emission, Hz from the centre
    channel_measures(double rate, double centre, double lower, double upper);

    bool has_formats() const;
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    //! A burst is over.
    void finish();
    //! Frames.
    sync_found found() const;
    //! Formats that are looked for and that each burst of their class has.
    const findings::texts& expected() const { return d_expected; }
    //! Sets what the meters have found.
    void report(findings& found) const;

private:
    channel_filter d_filter;
    symbol_reader d_symbols;
    std::vector<subcarrier_sync> d_subcarriers;
    bool d_has_amplitude = false;
    findings::texts d_expected;
    std::optional<pilot_sync> d_pilot;
    std::vector<std::unique_ptr<meter>> d_meters;
    discriminator d_frequency;
    std::vector<gr_complex> d_filtered;       // what was added last
    std::vector<float> d_turns, d_amplitudes; // of that
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_MEASURES_H
