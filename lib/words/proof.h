/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PROOF_H
#define INCLUDED_RFATTN_PROOF_H

#include <cstddef>
#include <cstdint>
#include <deque>

namespace gr {
namespace rfattn {

//! Formats that stand at the start of a burst alone are looked for so long in it, s.
constexpr double BURST_START_S = 5e-3;
//! Sample rates of recordings are as wrong as this.
constexpr double CLOCK = 0.003;

//! What was found: the name of a format, and how many of its frames.
struct sync_found {
    const char* name = nullptr;
    int frames = 0;
    bool is_checked = false; //!< these have a checksum, which is right
    double bits = 0.0;       //!< how improbable it is that chance makes them

    //! The better founded of both.
    static sync_found better(const sync_found& a, const sync_found& b)
    {
        return b.bits > a.bits ? b : a;
    }

    //! The best founded of all; of equals the first.
    template <class All, class Found>
    static sync_found best(const All& all, Found found)
    {
        sync_found best;
        for (const auto& one : all)
            best = better(best, found(one));
        return best;
    }
};

/*!
 * \brief Adds up the bits of what was found of one format, and subtracts those of the
 * looks: what chance makes once in a million looks is found in a million looks.
 *
 * Where frames have a period, a find may also lie a whole number of periods behind one of
 * the last eight. The looks are then the few places that this allows. Data of others that
 * repeats is no further find: what stands before the word must be another, or the word
 * must be one that data seldom has within a period. Nor is another word that repeats: of
 * two finds, most wrong symbols must be others. Where many more finds than chance makes
 * belong to nothing, such as in a code that repeats, each is worth less.
 */
class proof {
public:
    static constexpr double PROVED = 20.0;   //!< bits: chance does it once in a million
    static constexpr double SUPPORTED = 6.0; //!< once in 64
    static constexpr double LEAST = 10.0;    //!< bits of a find that is looked at

    //! What chance finds at one look in 2^`bits`.
    struct find {
        double symbol = 0.0; //!< at which it ends
        double bits = 0.0;
        double look_bits = 0.0; //!< log2 of how often it was looked for until now
        double data_bits = 0.0; //!< the bits in random data, which are more than in noise
        uint64_t before = 0;    //!< what stands before it
        size_t before_count = 0;
        uint64_t wrong = 0; //!< a bit for each symbol that is not that of the word
    };

    //! \param period symbols from frame to frame, 0: any
    //! \param words any of which may be found
    //! \param apart symbols: a find that is less behind the last one is the same
    proof(double period, double words, double apart);

    void add(const find& found);

    //! Of the best founded finds that may belong together.
    double bits() const { return d_best.all_bits; }
    int frames() const { return d_best.frames; }
    bool is_proved() const { return d_best.all_bits >= PROVED; }

    //! What is proved, if anything is.
    sync_found found(const char* name, bool is_checked) const
    {
        return is_proved() ? sync_found{ name, frames(), is_checked, bits() }
                           : sync_found();
    }

private:
    struct link : find {
        double all_bits = 0.0; // with those before it
        int frames = 0;
        bool is_other = false; // neither clear by itself nor a frame behind another
    };

    link link_to(const find& found) const;
    double surplus_bits(const find& found) const;
    bool repeats(const find& found, const find& earlier) const;
    double place_bits(const find& earlier, double symbol) const;

    double d_period, d_apart, d_words;
    size_t d_others = 0;
    std::deque<link> d_last;
    link d_best, d_best_before; // with the last find and without it
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PROOF_H
