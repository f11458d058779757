/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_MEASURES_H
#define INCLUDED_RFATTN_CHANNEL_MEASURES_H

#include "channel/channel_filter.h"
#include "measure/discriminator.h"
#include "measure/keying_meter.h"
#include "measure/level_meter.h"
#include "measure/preamble_meter.h"
#include "measure/run_meter.h"
#include "measure/speech_meter.h"
#include "pilot_sync.h"
#include "subcarrier_sync.h"
#include "symbol_reader.h"

#include <gnuradio/gr_complex.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the frames of `sync_formats` in an emission, and for those of
 * `subcarriers`, the pilot tone of broadcasting and speech in what modulates it.
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
    sync_found found() const;
    //! Formats that are looked for and that each burst of their class has.
    const std::vector<const char*>& expected() const { return d_expected; }
    //! Symbols a second of the preamble of each burst; 0: it has none.
    double preamble_rate() const { return d_preamble ? d_preamble->symbol_rate() : 0.0; }
    //! Equal symbols of the longest runs that are not rare; 0: not known.
    int longest_run() const { return d_runs ? d_runs->longest() : 0; }
    //! Symbols a second of two levels of the frequency; 0: it has none.
    double run_rate() const { return d_runs ? d_runs->symbol_rate() : 0.0; }
    //! Length of the short pulses of a carrier that data switches on and off, s; 0: none.
    double pulse_s() const { return d_keying ? d_keying->pulse_s() : 0.0; }
    //! Four levels of the frequency, if it has these.
    four_levels levels() const { return d_levels ? d_levels->found() : four_levels(); }
    //! What speech modulates; nothing where too little came to tell.
    std::optional<speech_meter::kind> speech() const
    {
        return d_speech && d_speech->has_looked() ? std::optional(d_speech->found())
                                                  : std::nullopt;
    }

private:
    channel_filter d_filter;
    symbol_reader d_symbols;
    std::vector<subcarrier_sync> d_subcarriers;
    bool d_has_amplitude = false;
    std::vector<const char*> d_expected;
    std::optional<pilot_sync> d_pilot;
    std::optional<preamble_meter> d_preamble;
    std::optional<run_meter> d_runs;
    std::optional<keying_meter> d_keying;
    std::optional<speech_meter> d_speech;
    std::optional<level_meter> d_levels;
    discriminator d_frequency;
    std::vector<gr_complex> d_filtered;       // what was added last
    std::vector<float> d_turns, d_amplitudes; // of that
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_MEASURES_H
