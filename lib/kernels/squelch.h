/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SQUELCH_H
#define INCLUDED_RFATTN_SQUELCH_H

#include <cstddef>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Tracks the noise floor of each bin and decides which steps rise above it.
 *
 * A step is active when any of these lies threshold_db above the floor: the mean of a bin
 * over the step (a narrow signal), or the mean of a token over its bins (a short wide
 * signal); or when a single value lies PEAK_DB above that (a short narrow signal). Noise
 * alone reaches the latter in about one of 10^5 steps.
 *
 * The floor of a bin is the mean of the first steps, then a running mean of idle steps.
 * It falls fast when the level of the bin falls by threshold_db, and rises in idle steps
 * only. A signal that is present from the first step on therefore looks like noise. So
 * every step is active until signal and noise have been told apart once: the mean of a
 * bin lies PEAK_DB above the threshold, or as far below the floor. A given floor counts
 * as that.
 *
 * When an eighth of the bins falls by threshold_db at once, either a signal has ended, or
 * one has begun that quiets the noise, like a carrier in FM audio. From then on every
 * step is active until the lower level has lasted settle_steps without a break; it then
 * becomes the floor.
 *
 * The class stores no tokens and has no notion of segments.
 */
class squelch {
public:
    //! How far above the threshold a single value must lie, dB.
    static constexpr float PEAK_DB = 10.0f;

    /*!
     * \param settle_steps >= 1
     * \param floor_db floor of every bin at the start, dB; without it, learned
     */
    squelch(size_t n_bins,
            size_t block_size,
            float threshold_db,
            int settle_steps,
            std::optional<float> floor_db);

    //! Forgets the floor.
    void restart();

    //! Takes the next step.
    //! \param tokens block_size times n_bins values, dB
    bool is_active(const float* tokens);

private:
    void measure(const float* tokens);
    bool exceeds_floor() const;
    bool contrasts() const;
    bool has_fallen() const;
    void settle();
    void track(bool active);

    const size_t d_n_bins;
    const size_t d_block_size;
    const float d_threshold; // power ratio
    const float d_peak;      // power ratio
    const int d_settle_steps;
    const std::optional<float> d_first_floor;

    std::vector<float> d_floor; // power, by bin
    int d_learned = 0;          // steps in the first floor
    bool d_contrast = false;
    bool d_in_doubt = false;     // since a fall
    std::vector<float> d_fallen; // power, by bin: mean of the steps since the fall
    int d_fallen_steps = 0;      // without a break

    // Of the step, in power.
    std::vector<float> d_mean; // by bin
    std::vector<float> d_max;  // by bin
    float d_loudest = 0.0f;    // mean of a token
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SQUELCH_H
