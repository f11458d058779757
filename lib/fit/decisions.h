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

// Each decision, and what it says of what it applies to.
#define RFATTN_DECISIONS(X)                                                              \
    /* a candidate, which stands out in a map of cells */                                \
    X(COVERED)      /* lies in a burst that is known */                                  \
    X(SKIRT)        /* is no stronger than the skirts of a burst */                      \
    X(CLICK)        /* is no stronger than the edge of a burst spreads */                \
    X(FAR_BELOW)    /* is far weaker than a burst at the same time */                    \
    X(SLOW_MAP)     /* comes from bursts that a slow map cannot tell apart */            \
    X(SUM)          /* has the energy of the shorter bursts within it */                 \
    X(SEEN)         /* was looked at before */                                           \
    X(SUM_OF_PARTS) /* is as likely as shorter candidates within it */                   \
    X(SHORT)        /* is a short burst, which maps of finer bins leave out */           \
    /* a burst that was measured */                                                      \
    X(EMPTIED)       /* has nothing left without the signals in it */                    \
    X(KEYED)         /* has power only in the pulses of a stronger one */                \
    X(PART_OF_ENDED) /* lies in a burst that ended */                                    \
    X(WITHIN)        /* lies in the band of one on the air */                            \
    X(SIDE_BAND)     /* is a side band of a carrier on the air */                        \
    X(BEGINS_WEAK)   /* begins with a much stronger one beside it */                     \
    X(BEGINS_WITH)   /* begins with one on the air beside it, which it widens */         \
    X(ALTERNATES)    /* has power where one on the air beside it has less */             \
    X(COVERS)        /* holds the band of one on the air, which it widens */             \
    X(SUM_OF_BURSTS) /* has the energy of the shorter bursts within it */                \
    X(SPILT_NEAR)    /* lies right beside a much stronger one */                         \
    X(SPILT_UNDER)   /* lies in the time of a far denser one */                          \
    X(SPILT_WITH)    /* begins and ends with a stronger one */                           \
    X(SPILT_SKIRT)   /* is no stronger than the skirts of others */                      \
    /* a burst of an emission */                                                         \
    X(ALIKE) /* is of the emission whose spectrum it has, or has more of */              \
    X(KNOWN) /* was added before */                                                      \
    /* emissions on the air */                                                           \
    X(SAME_BAND)   /* are one, because they have the same band */                        \
    X(TONES)       /* are one, because where one has power the other has none */         \
    X(SUBCARRIERS) /* are one, because they are subcarriers of a carrier */              \
    X(LINE_UNDER)  /* keep their band under a wider signal that came later */            \
    /* two bands of a box */                                                             \
    X(UNTIMED)    /* are one, because no burst of one of them is seen */                 \
    X(SAME_TIME)  /* are one, because they are near and begin or end together */         \
    X(PULSES)     /* are one with many others, because all pulse at once */              \
    X(TURNS)      /* are one, because they have power by turns */                        \
    X(LIKE_TONES) /* are one, because they look like tones that never pause */           \
    X(VALLEY)     /* are two signals, because a valley parts them */                     \
    X(SPLIT)      /* are two signals, because nothing says that they are one */          \
    /* what a band holds */                                                              \
    X(FAINT)        /* nothing that is far below its peak */                             \
    X(GROWS)        /* what continues beyond the box */                                  \
    X(RISE)         /* nothing beyond where another signal rises */                      \
    X(MIRRORED)     /* what lies on both sides of its carrier */                         \
    X(VOICE)        /* what is weak on both sides of its carrier */                      \
    X(OTHERS)       /* nothing of the bands of other signals */                          \
    X(OTHERS_SKIRT) /* nothing of the skirts of other signals */                         \
    X(LEAKS)        /* nothing of what a line in it leaks */                             \
    X(FEW_LINES)    /* less than the window shows of a few lines */                      \
    X(OWN_RISE)     /* is not its skirt where its own side bands rise */                 \
    /* when a band is on the air */                                                      \
    X(BESIDE_LINES) /* is measured in the bins that lines leave */                       \
    X(VOICE_PAUSE)  /* counts the pauses of speech */                                    \
    X(KEYED_PAUSE)  /* counts the pauses of keying */                                    \
    X(UNCOVERED)    /* begins and ends where a stronger signal covers it */              \
    X(OFDM)         /* counts echoes of OFDM as one band */

/*!
 * \brief The decisions of a detector, by name: which of them are made, and how often each
 * applied.
 *
 * Each says that something is not a separate emission, or that two things are one. One
 * can be left out, so that its worth can be measured. Names in texts are in lower case,
 * with hyphens.
 */
class decisions {
public:
    enum name : uint8_t {
#define RFATTN_NAME(name) name,
        RFATTN_DECISIONS(RFATTN_NAME)
#undef RFATTN_NAME
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
