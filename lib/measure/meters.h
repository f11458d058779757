/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_METERS_H
#define INCLUDED_RFATTN_METERS_H

#include "meter.h"

#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

//! The meters of an emission. \param rate of the samples, Hz \param width of the
//! emission, Hz
std::vector<std::unique_ptr<meter>> meters_of(double rate, double width);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_METERS_H
