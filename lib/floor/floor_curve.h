/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FLOOR_CURVE_H
#define INCLUDED_RFATTN_FLOOR_CURVE_H

#include <vector>

namespace gr {
namespace rfattn {

using curve = std::vector<double>;

//! A stiff smooth curve under `y`: asymmetric least squares (Eilers and Boelens 2005).
curve lower_curve(curve y);

//! Standard deviation of the noise of a curve, from step to step.
double scatter(const curve& y);

//! Low quantiles of `n` pieces of equal length, dB.
curve levels_of_pieces(const std::vector<float>& values, int n);

//! Medians of `n` pieces of equal length, or of each value where there are fewer.
std::vector<float> medians_of_pieces(const std::vector<float>& values, int n);

//! Without what rises over less than `width` values, or at an end over less than half of
//! them: the highest of the lowest.
std::vector<float> without_narrow(const std::vector<float>& values, int width);

//! The value of a curve of pieces at point i of n.
float between(const std::vector<float>& pieces, double i, int n);

//! Makes the values from first to before end those of a line from `before`, the value
//! before them, to `after`, the value behind them.
void draw_line(std::vector<float>& values, int first, int end, float before, float after);

//! The value at i, or at a step the higher of its neighbours: no point resolves a step.
float upper_side(const std::vector<float>& values, int i);

/*!
 * Keeps the receiver's ripple, and replaces what rises to `most` or more: that is signal.
 * There the ripple is that of the values on both sides, of some the least, since signals
 * have skirts.
 */
void bridge(std::vector<float>& ripple, float most);

//! Least ripple, as a ratio to the curve, that is a signal.
constexpr float RIPPLE = 1.35f;
//! Least ratio of neighbouring points that is a step.
constexpr float STEP = 1.3f;
//! Pieces of the band in which the ripple is looked at.
constexpr int LOCAL_PIECES = 200;

/*!
 * A stiff curve below the signals of a band that is level but for them, by point.
 *
 * \param y levels of pieces of the band, dB
 * \param from, to the pieces that are level; the curve is extended beyond
 * \param points of the band
 */
std::vector<float> curve_below(const curve& y, int from, int to, int points);

//! Lets the floor follow the ripple of the power between two points, but no signals.
void follow_ripple(std::vector<float>& floor,
                   const std::vector<float>& power,
                   int from,
                   int to);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FLOOR_CURVE_H
