/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_DECISIONS_H
#define INCLUDED_RFATTN_DECISIONS_H

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief The decisions of a detector, by name: which of them are made, and how often each
 * applied.
 *
 * Each says that something is not a separate emission, or that two things are one. One
 * can be left out, so that its worth can be measured.
 */
class decisions {
public:
    enum name : uint8_t {
        // a candidate, which stands out in a map of cells
        COVERED,      // lies in a burst that is known
        SKIRT,        // is no stronger than the skirts of a burst
        CLICK,        // is no stronger than the edge of a burst spreads
        FAR_BELOW,    // is far weaker than a burst at the same time
        SLOW_MAP,     // comes from bursts that a slow map cannot tell apart
        SUM,          // has the energy of the shorter bursts within it
        SEEN,         // was looked at before
        SUM_OF_PARTS, // is as likely as shorter candidates within it
        SHORT,        // is a short burst, which maps of finer bins leave out
        // a burst that was measured
        EMPTIED,       // has nothing left without the signals in it
        KEYED,         // has power only in the pulses of a stronger one
        PART_OF_ENDED, // lies in a burst that ended
        WITHIN,        // lies in the band of one on the air
        SIDE_BAND,     // is a side band of a carrier on the air
        BEGINS_WEAK,   // begins with a much stronger one beside it
        BEGINS_WITH,   // begins with one on the air beside it, which it widens
        ALTERNATES,    // has power where one on the air beside it has less
        COVERS,        // holds the band of one on the air, which it widens
        SUM_OF_BURSTS, // has the energy of the shorter bursts within it
        SPILT_NEAR,    // lies right beside a much stronger one
        SPILT_UNDER,   // lies in the time of a far denser one
        SPILT_WITH,    // begins and ends with a stronger one
        SPILT_SKIRT,   // is no stronger than the skirts of others
        // a burst of an emission
        ALIKE, // is of the emission whose spectrum it has, or has more of
        KNOWN, // was added before
        // emissions on the air
        SAME_BAND,   // are one, because they have the same band
        TONES,       // are one, because where one has power the other has none
        SUBCARRIERS, // are one, because they are subcarriers of a carrier
        LINE_UNDER,  // keep their band under a wider signal that came later
        // two bands of a box
        UNTIMED,    // are one, because no burst of one of them is seen
        SAME_TIME,  // are one, because they are near and begin or end together
        PULSES,     // are one with many others, because all pulse at once
        TURNS,      // are one, because they have power by turns
        LIKE_TONES, // are one, because they look like tones that never pause
        VALLEY,     // are two signals, because a valley parts them
        SPLIT,      // are two signals, because nothing says that they are one
        // what a band holds
        FAINT,        // nothing that is far below its peak
        GROWS,        // what continues beyond the box
        RISE,         // nothing beyond where another signal rises
        MIRRORED,     // what lies on both sides of its carrier
        VOICE,        // what is weak on both sides of its carrier
        OTHERS,       // nothing of the bands of other signals
        OTHERS_SKIRT, // nothing of the skirts of other signals
        LEAKS,        // nothing of what a line in it leaks
        FEW_LINES,    // less than the window shows of a few lines
        OWN_RISE,     // is not its skirt where its own side bands rise
        // when a band is on the air
        BESIDE_LINES, // is measured in the bins that lines leave
        VOICE_PAUSE,  // counts the pauses of speech
        KEYED_PAUSE,  // counts the pauses of keying
        UNCOVERED,    // begins and ends where a stronger signal covers it
        OFDM,         // counts echoes of OFDM as one band
        COUNT
    };

    //! \throws std::invalid_argument if there is none of that name
    void leave_out(const std::string& which);

    //! Whether it is made, with what applies; counts it if so.
    template <typename condition>
    bool applies(name n, condition&& is_true) const
    {
        if (d_left_out[n] || !is_true())
            return false;
        count(n);
        return true;
    }
    bool uses(name n) const { return !d_left_out[n]; }
    void count(name n) const { d_counts[n].fetch_add(1, std::memory_order_relaxed); }

    //! How often each applied since reset().
    std::map<std::string, uint64_t> by_name() const;
    void reset();

private:
    std::array<bool, COUNT> d_left_out{};
    mutable std::array<std::atomic<uint64_t>, COUNT> d_counts{};
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_DECISIONS_H
