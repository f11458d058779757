/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SIGNAL_READER_H
#define INCLUDED_RFATTN_SIGNAL_READER_H

#include "channel_search.h"
#include "chirp_sync.h"
#include "lte_sync.h"
#include "ofdm_sync.h"
#include "pulse_sync.h"
#include "tone_sync.h"
#include "words/frame_list.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the known symbols with which a transmitter's frames begin.
 *
 * Known symbols tell formats apart that have the same modulation, such as FT8 and JS8, or
 * D-STAR and the telemetry of a satellite. Formats and their words are set by
 * `frame_formats`, but for those of lte_words.cc and pulse_sync.cc.
 *
 * It looks at the first 60 s of an emission on the air, or 15 million samples of its
 * channel, and no longer than until eight frames are found. What a channel got before the
 * emission was given another counts, and so do tones that were seen around its neighbour
 * before it began: those of one message may be emissions of their own.
 *
 * With `contents` it also keeps the frames whose checksum is right. Where they are of
 * such a format, it then continues to read for the whole emission: first as before, and
 * from the next burst on for these formats alone, in whole bursts.
 */
class signal_reader {
public:
    static constexpr double LONGEST_S = 60.0;    //!< on the air
    static constexpr double MOST_SAMPLES = 15e6; //!< of the channel
    static constexpr int ENOUGH = 8;             //!< frames

    explicit signal_reader(bool contents = false) : d_has_contents(contents) {}

    //! Begins with another channel, with the same time of sample 0. \param rate,centre Hz
    //! \param lower,upper edges of the emission, Hz from the centre of the channel
    void restart(double rate, double centre, double lower, double upper);

    //! Takes `count` samples of the channel, the first of which has number `first`.
    //! Returns whether the format is another now.
    bool add(uint64_t first, const gr_complex* samples, size_t count);

    //! The same for the channel in which tones of messages are looked for: that of an
    //! emission as wide as tone_sync::LEAST_WIDTH at least.
    void restart_tones(double rate, double centre, double lower, double upper);
    bool add_tones(uint64_t first, const gr_complex* samples, size_t count);

    //! Takes the tones that were seen around another emission: of a message whose tones
    //! are far apart, each may be one.
    void take_tones(const signal_reader& other);

    //! Completes the search in what came, since a burst is over, or the emission. Returns
    //! whether the format is another now.
    bool finish(bool is_last);

    //! Name and number of the frames that were found; no name: none.
    const sync_found& found() const { return d_found; }

    //! The frames that are complete, of all if `is_final`. Their places are in s since
    //! sample 0.
    std::vector<checked_frame> take_frames(bool is_final);

private:
    static constexpr double HELD_S = 0.02; // filters delay what another search read

    void make_searches();
    void add_cell(double lower, double upper, double middle);
    void begin_burst(uint64_t first);
    //! Calls a function with each search that is made of all samples.
    template <class Use>
    void each(Use use);
    void take(const sync_found& found) { d_found = sync_found::better(d_found, found); }
    void collect();
    void finish_cells();
    bool is_news();
    bool is_over() const
    {
        return d_searched_s >= LONGEST_S || d_searched >= MOST_SAMPLES ||
               d_found.frames >= ENOUGH;
    }

    //! Whether frames are read though the search is over.
    bool reads_on() const { return d_has_contents && d_found.is_checked; }

    const bool d_has_contents;
    bool d_has_checked_alone = false; // made when the search was over
    double d_rate = 1.0, d_centre = 0.0, d_lower = 0.0, d_upper = 0.0;
    double d_searched_s = 0.0;
    double d_searched = 0.0; // samples
    uint64_t d_next = 0;
    uint64_t d_origin = 0; // sample behind the last gap
    std::optional<channel_search> d_symbols;
    std::optional<pulse_sync> d_pulses;
    std::optional<chirp_sync> d_chirps;
    std::optional<ofdm_sync> d_ofdm;
    std::optional<tone_sync> d_tones;
    std::vector<lte_sync> d_cells; // places where one may be
    sync_found d_found;
    const char* d_reported = nullptr;
    frame_list d_frames;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SIGNAL_READER_H
