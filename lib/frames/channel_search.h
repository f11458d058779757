/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_SEARCH_H
#define INCLUDED_RFATTN_CHANNEL_SEARCH_H

#include "channel/channel_filter.h"
#include "measure/discriminator.h"
#include "pilot_sync.h"
#include "subcarrier_sync.h"
#include "symbols/symbol_reader.h"

#include <gnuradio/gr_complex.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the frames of `sync_formats` in an emission, and for those of
 * `subcarriers` and the pilot tone of broadcasting in what modulates it.
 *
 * Near the noise, the edges that were found are those of the strongest part. A format is
 * looked for in its own width at least, around the middle, as far as the channel reaches.
 */
class channel_search {
public:
    //! \param rate,centre of the channel, Hz
    //! \param lower,upper edges of the emission, Hz from the centre
    //! \param has_checked_alone looks for frames with a checksum alone, in whole bursts
    //! \param proved name of the format that was found; null: none was
    channel_search(double rate,
                   double centre,
                   double lower,
                   double upper,
                   bool has_checked_alone = false,
                   const char* proved = nullptr);

    bool has_formats() const;
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came, but begins with sample `first`.
    void break_off(uint64_t first);
    sync_found found() const;
    //! Appends the frames that were read since the last call, in samples since the gap.
    void take_frames(std::vector<checked_frame>& frames);

private:
    // Formats that need about the same width.
    struct path {
        double edge;       // of the filter, Hz
        bool is_amplitude; // of levels of the amplitude, else of the frequency
        channel_filter filter;
        symbol_reader symbols;
        discriminator frequency{};
        std::vector<gr_complex> filtered{}; // what was added last
        std::vector<float> levels{};        // of that: turns, or amplitudes

        void add(const gr_complex* samples, size_t count);
    };

    path& path_for(double width, bool is_amplitude);

    double d_rate, d_most_edge;
    std::vector<path> d_paths; // the first one is as wide as the emission
    std::vector<subcarrier_sync> d_subcarriers;
    bool d_has_amplitude = false;
    std::optional<pilot_sync> d_pilot;
    std::vector<float> d_amplitudes;     // of what was added last
    std::vector<checked_frame> d_frames; // taken last, before the filter's delay
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_SEARCH_H
