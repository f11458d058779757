/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PILOT_SYNC_H
#define INCLUDED_RFATTN_PILOT_SYNC_H

#include "base/estimated_fft.h"
#include "measure/audio_band.h"
#include "words/proof.h"

#include <gnuradio/gr_complex.h>

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the pilot tone of FM broadcasting in stereo: 19 kHz (ITU-R BS.450).
 *
 * It is one line in all blocks, as strong as there, alone from 17.6 to 20.4 kHz, and
 * there is none at twice its frequency, as carriers that beat have.
 */
class pilot_sync {
public:
    static constexpr double LEAST_WIDTH = 36e3, MOST_WIDTH = 400e3; //!< of emissions, Hz
    static constexpr double LEAST_RATE = 60e3; //!< of the samples, Hz

    //! \param rate of the frequency's samples, Hz
    explicit pilot_sync(double rate);

    void add(const std::vector<float>& audio);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;

private:
    void look();
    std::vector<double> powers_of(std::vector<gr_complex>& block);

    double d_rate; // of the frequency's samples, Hz
    audio_band d_band, d_twice;
    estimated_fft d_fft;
    std::vector<gr_complex> d_block, d_block_of_twice;
    int d_line = 0;   // of the last block, in bins from 19 kHz
    int d_blocks = 0; // one behind the other with the same line
    int d_most = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PILOT_SYNC_H
