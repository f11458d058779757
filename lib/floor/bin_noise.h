/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BIN_NOISE_H
#define INCLUDED_RFATTN_BIN_NOISE_H

#include "noise_floor.h"
#include "spectra/spectrogram.h"

#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

using spectrograms = std::vector<std::unique_ptr<spectrogram>>;

/*!
 * \brief Noise power density that the bins of each spectrogram read.
 *
 * The window of a coarse spectrogram spreads the noise of a pass band over a stop band.
 * What its side lobes bring is one and the same in many bins, so that these exceed their
 * mean together and often: it counts LOBE_GUARD times.
 */
class bin_noise {
public:
    //! \param all must outlive this
    explicit bin_noise(const spectrograms& all);

    void update(const noise_floor& floor);

    //! Power per Hz by bin of one of the spectrograms.
    const std::vector<float>& of(const spectrogram& s) const;

private:
    const spectrograms& d_all;
    std::vector<std::vector<float>> d_density;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BIN_NOISE_H
