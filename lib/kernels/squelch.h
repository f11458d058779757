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
 * \brief Tracks the noise floor, and tests whether a step of tokens holds more than that.
 *
 * A step is active when any of these lies threshold_db above the floor: a bin's mean over
 * the step (a narrow signal), a token's mean over the bins (a short wide one); or a
 * single value PEAK_DB above that (a short narrow one), which noise alone reaches in
 * about one of 10^5 steps.
 *
 * The floor of each bin is the mean of the first steps, then a running mean of idle ones.
 * A bin's floor falls fast when its level falls by threshold_db, and rises in idle steps
 * only. What is there from the first step on so looks like floor. Therefore every step is
 * active until there has been a contrast: the mean of a bin in a step PEAK_DB above the
 * threshold, or as far below the floor. A floor given at the start is contrast enough.
 *
 * When an eighth of the bins has fallen by threshold_db at once, a signal may have ended,
 * or one begun that quiets the noise, as a carrier does in FM audio. So from then on
 * every step is active, until the lower level has lasted settle_steps without a break: it
 * then is the floor.
 *
 * Holds no tokens and sees no segments.
 */
class squelch {
public:
    //! In dB above the threshold for single values.
    static constexpr float PEAK_DB = 10.0f;

    /*!
     * \param settle_steps >= 1
     * \param floor_db of every bin at the start, else learned
     */
    squelch(size_t n_bins,
            size_t block_size,
            float threshold_db,
            int settle_steps,
            std::optional<float> floor_db);

    //! Forget the floor.
    void restart();

    //! \param tokens block_size times n_bins values in dB
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
