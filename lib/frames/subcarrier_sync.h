/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SUBCARRIER_SYNC_H
#define INCLUDED_RFATTN_SUBCARRIER_SYNC_H

#include "channel/channel_filter.h"
#include "measure/audio_band.h"
#include "measure/discriminator.h"
#include "symbols/symbol_reader.h"
#include "words/sync_words.h"

#include <gnuradio/gr_complex.h>

#include <vector>

namespace gr {
namespace rfattn {

//! \brief Looks for frames in the tones that modulate a transmitter.
class subcarrier_sync {
public:
    //! \param rate of the audio, Hz \param proved name of the format that was found
    subcarrier_sync(double rate, const subcarrier& tones, const char* proved = nullptr);

    bool is_amplitude() const { return d_is_amplitude; }
    void add(const std::vector<float>& audio);
    //! What comes does not follow what came.
    void break_off(uint64_t first);
    sync_found found() const { return d_symbols.found(); }
    //! Appends the frames that were read since the last call, in samples of the audio
    //! since the gap.
    void take_frames(std::vector<checked_frame>& frames);

private:
    bool d_is_amplitude;
    audio_band d_band;
    channel_filter d_filter;
    discriminator d_frequency;
    symbol_reader d_symbols;
    double d_weight; // of a sample in the mean
    double d_mean = 0.0;
    std::vector<gr_complex> d_shifted, d_filtered; // what was added last
    std::vector<float> d_turns;
    std::vector<checked_frame> d_frames; // taken last, in samples of the lower rate
    double d_rate;                       // of the audio, Hz
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SUBCARRIER_SYNC_H
