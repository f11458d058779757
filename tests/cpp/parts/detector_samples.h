/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_QA_DETECTOR_SAMPLES_H
#define INCLUDED_RFATTN_QA_DETECTOR_SAMPLES_H

#include "detect/detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

// Samples that the tests of the detector have in common, and what it finds in them.

using samples = std::vector<gr_complex>;

samples noise(double rate, double seconds, double power, unsigned seed);

// The samples behind a filter: its gain by frequency, a share of the rate.
samples filtered(const samples& values, const std::function<float(double)>& gain);

// Adds FSK of a power: random symbols of a length, s, from one time to another.
void add_fsk(samples& to,
             double rate,
             double centre,
             double shift,
             double symbol_s,
             double start,
             double end,
             double power);

// The last report of every emission, without a decision where one is named.
std::map<uint64_t, gr::rfattn::emission> found(const samples& values,
                                               double rate,
                                               bool one_sided = false,
                                               const std::string& without = "");

#endif // INCLUDED_RFATTN_QA_DETECTOR_SAMPLES_H
