/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_SOAPY_REPLAY_RECORDING_H
#define INCLUDED_SOAPY_REPLAY_RECORDING_H

#include <complex>
#include <string>
#include <vector>

//! A SigMF recording in memory, at full scale 1.0.
struct recording {
    std::vector<std::complex<float>> samples;
    double rate = 0.0;      // Hz
    double frequency = 0.0; // Hz, 0 where it is not stated

    /*!
     * \param stem path without .sigmf-meta
     * \throws std::runtime_error for a file that cannot be read and for a datatype other
     * than cf32_le, ci16_le, ci8 and cu8
     */
    static recording read(const std::string& stem);
};

#endif /* INCLUDED_SOAPY_REPLAY_RECORDING_H */
