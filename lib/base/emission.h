/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_H
#define INCLUDED_RFATTN_EMISSION_H

#include <cstdint>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

//! A stretch of samples during which an emission is on the air.
struct burst {
    uint64_t sample_start; // absolute
    uint64_t sample_count;
};

//! What is known of an emission at a moment; see tags.h for what each entry means.
struct emission {
    enum class state { NEW, UPDATE, END };
    enum flag : unsigned {
        EDGE = 1,
        DC = 2,
        IMAGE = 4,
        OVERLOAD = 8,
        NON_FINITE = 16,
        SIDEBAND = 32,
        IGNORED = 64
    };

    uint64_t id = 0;
    state what = state::NEW;
    uint64_t segment = 0;
    uint64_t sample_start = 0;
    uint64_t sample_count = 0;
    uint64_t sample_now = 0;
    double freq_lower = 0.0; // Hz, relative to the centre of the band
    double freq_upper = 0.0;
    double snr_db = 0.0;
    double power_db = 0.0;
    double duty = 0.0;
    std::optional<double> period_s;
    uint64_t burst_count = 0;
    std::vector<burst> bursts; // the bursts that ended since the last report
    std::optional<uint64_t> burst_start;
    unsigned flags = 0;                  // a sum of flag
    std::optional<uint64_t> sideband_of; // id of another emission; set with SIDEBAND
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_H
