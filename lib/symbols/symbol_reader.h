/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_READER_H
#define INCLUDED_RFATTN_SYMBOL_READER_H

#include "msk_reader.h"
#include "symbol_clock.h"

#include <gnuradio/gr_complex.h>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace gr {
namespace rfattn {

//! The symbols of a signal in all formats that are looked for in it.
class symbol_reader {
public:
    //! \param rate of the samples, Hz
    //! \param is_centred 0 Hz lies between the two frequencies of each format
    explicit symbol_reader(double rate, bool is_centred = false)
        : d_rate(rate),
          d_is_centred(is_centred)
    {
        break_off();
    }

    //! Looks for a format, if the rate of its symbols is not too high.
    //! \param is_bounded only as long from the start of a burst as the format states
    //! \param is_proved all frames of it with the right checksum are some
    void
    add_format(const sync_format& format, bool is_bounded = true, bool is_proved = false);
    bool has_formats() const { return !d_clocks.empty(); }
    //! Whether anything is still looked for in this burst.
    bool is_reading() const;
    //! Reads so many samples. \param turns from the sample before each, radians
    void add(const gr_complex* samples, const float* turns, size_t count);
    //! What comes does not follow what came, but begins with sample `first`.
    void break_off(double first = 0.0);
    sync_found found() const;
    //! Appends the frames that were read since the last call, in samples of this burst.
    void take_frames(std::vector<checked_frame>& frames);

private:
    symbol_clock& clock_of(double baud, bool is_phase);
    bool is_over(const symbol_clock& clock) const;
    void read();
    void drop_used();

    double d_rate;
    bool d_is_centred;
    uint64_t d_first = 0; // sample of both that follow
    uint64_t d_read = 0;  // samples of this burst
    std::vector<double> d_phase;
    bool d_has_phase_keying = false; // else no sums are needed
    std::vector<std::complex<double>> d_sums;
    std::deque<symbol_clock> d_clocks; // none of them moves
    std::vector<msk_reader> d_coherent;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_READER_H
