/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_MSK_READER_H
#define INCLUDED_RFATTN_MSK_READER_H

#include "symbol_clock.h"

#include <gnuradio/gr_complex.h>

#include <complex>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Reads short bursts of minimum shift keying by their phase, at an SNR that is 4
 * to 6 dB lower than what their frequency needs.
 *
 * The square of a piece of the signal has two lines, half a symbol rate on both sides of
 * twice the carrier: their middle is its frequency, and their phases tell where symbols
 * begin. The phase at each symbol, turned back by 90 degrees a symbol, then has two
 * values; whether it stays or turns is the level of the frequency.
 */
class msk_reader {
public:
    //! \param rate of the samples, Hz \param is_proved all frames that are right are some
    msk_reader(double rate, const sync_format& format, bool is_proved);

    //! What comes does not follow what came, but begins with sample `first`.
    void break_off(double first);
    void add(const gr_complex* samples, size_t count);
    sync_found found() const { return d_clock.found(); }
    //! Appends the frames that were read since the last call, in samples of this burst.
    void take_frames(std::vector<checked_frame>& frames);

private:
    void look();
    void find_lines();
    std::vector<std::complex<double>> phasors(double place) const;
    std::vector<float> levels();

    double d_symbol;       // samples
    size_t d_most;         // samples of a burst that are looked at
    size_t d_piece, d_hop; // samples that are looked at together, and to the next
    symbol_clock d_clock;
    double d_first = 0.0; // sample of the burst in all
    size_t d_begin = 0;   // sample of those that are held, in the burst
    size_t d_new = 0;     // of these, that were not looked at
    std::vector<gr_complex> d_held;
    std::vector<std::complex<double>> d_centred; // these, without the carrier's offset
    double d_place = 0.0;                        // of the first symbol's end, in these
    std::vector<checked_frame> d_frames;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_MSK_READER_H
