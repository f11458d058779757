/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_KEYING_METER_H
#define INCLUDED_RFATTN_KEYING_METER_H

#include "burst_meter.h"

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds a carrier that data switches on and off, as in a remote control.
 *
 * Its pulses have a constant amplitude and a frequency that drifts at most, there is
 * nothing between them, and pulses or pauses differ in length. Slots of TDMA and packets
 * have pauses, too, but their pulses are modulated; the pauses of a contactless reader
 * are much shorter than its pulses.
 */
class keying_meter : public burst_meter {
public:
    //! \param rate of the samples, Hz
    explicit keying_meter(double rate);

    //! The finding: length of the short pulses, s.
    static constexpr char PULSE_S[] = "pulse_s";

    void report(findings& found) const override;

private:
    void look(const std::vector<float>& turns,
              const std::vector<float>& amplitudes) override;
    bool is_keyed() const;

    const double d_rate;
    std::vector<float> d_pulses, d_pauses; // samples; of a keyed carrier
    size_t d_others = 0;                   // pulses of something else
    double d_between = 0.0; // amplitude between pulses, of theirs; the most
    double d_pulse_s = 0.0; // 0: there is no such carrier
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_KEYING_METER_H
