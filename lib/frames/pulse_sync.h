/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PULSE_SYNC_H
#define INCLUDED_RFATTN_PULSE_SYNC_H

#include "words/frame_list.h"
#include "words/proof.h"

#include <gnuradio/gr_complex.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for squitters and answers of Mode S (ICAO Annex 10, volume IV, 3.1.2): a
 * preamble of four pulses, and a frame with the right parity.
 *
 * Of formats 11, 17 and 18 alone the parity is known: that of others contains an address.
 */
class pulse_sync {
public:
    static constexpr double LEAST_WIDTH = 0.5e6, MOST_WIDTH = 8e6; //!< of emissions, Hz
    static constexpr double LEAST_RATE = 1.9e6;                    //!< of the samples, Hz

    //! \param rate of the samples, Hz
    explicit pulse_sync(double rate);

    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;

    //! Looks at whole bursts from the next sample on.
    void read_all() { d_is_bounded = false; }
    //! Appends the frames that were read since the last call, in samples since the gap.
    void take_frames(std::vector<checked_frame>& frames)
    {
        move_frames(d_read, frames, 0.0, 1.0);
    }

private:
    static constexpr size_t PREAMBLE = 16, MOST_BITS = 112; // chips; bits of a frame

    bool begins(const float* chips) const;
    size_t frame_bits(const float* chips) const;
    unsigned bit(const float* chips, size_t number) const
    {
        const size_t first = PREAMBLE + 2 * number;
        return at(chips, first) > at(chips, first + 1) ? 1u : 0u;
    }
    float at(const float* chips, size_t number) const { return chips[d_places[number]]; }
    void keep(size_t place);
    void look();

    double d_chip;     // samples of half a microsecond
    size_t d_left = 0; // samples of this burst that are looked at
    size_t d_most;
    bool d_is_bounded = true;
    uint64_t d_used = 0; // samples of this burst before those that follow
    std::array<size_t, PREAMBLE + 2 * MOST_BITS> d_places{}; // of chips, in half samples
    std::vector<double> d_sums{ 0.0 }; // of powers before each sample
    std::vector<float> d_chips;        // energy of a chip that begins at each half sample
    double d_looks = 0.0;              // preambles
    proof d_proof{ 0.0, 1, 0.0 };
    std::vector<checked_frame> d_read;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PULSE_SYNC_H
