/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_AUDIO_FLOOR_H
#define INCLUDED_RFATTN_AUDIO_FLOOR_H

#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The noise floor of a receiver's audio, whose filter no stiff curve follows.
 *
 * A low quantile of the neighbourhood is the floor, so that the slopes of the filter are
 * none of a signal. Where the filter ends, the neighbourhood ends, too: its noise does
 * not stand out of the silence above. What rises for hundreds of Hz and falls steeply on
 * both sides, or on one and reaches the lower end of audio on the other, is a signal that
 * fills the filter: there the floor is that beside it.
 *
 * \param power noise power by point, from 0 Hz up
 * \param point_hz width of a point
 */
std::vector<float> audio_floor(const std::vector<float>& power, double point_hz);

/*!
 * Wide parts of such a floor that rise above the rest: noise of a receiver's filter, or
 * signals as wide that never pause.
 *
 * \return first point and the one past the last of each
 */
std::vector<std::pair<int, int>> audio_humps(const std::vector<float>& floor,
                                             double point_hz);

//! Lowers the floor from one point to before another to that beside them.
void lower_hump(std::vector<float>& floor, double point_hz, int first, int last);

//! By how much that floor is above the mean of noise, dB.
constexpr double AUDIO_LIFT_DB = 1.2;

//! Half of a neighbourhood, Hz.
constexpr double AUDIO_HZ = 200.0;

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_AUDIO_FLOOR_H
