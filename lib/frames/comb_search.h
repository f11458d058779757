/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_COMB_SEARCH_H
#define INCLUDED_RFATTN_COMB_SEARCH_H

#include "base/estimated_fft.h"
#include "words/proof.h"
#include "words/sync_words.h"

#include <gnuradio/gr_complex.h>
#include <volk/volk_alloc.hh>

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for pilots of OFDM that stand on every n-th carrier, with known signs.
 *
 * From a pilot to the next, the phase turns by the same angle in the whole band, wherever
 * in a symbol its spectrum begins, but for the signs. These turns are compared with the
 * signs of each comb at all places in the band, also where a part of it is cut off. Each
 * of the combs, which follow each other, must be found: others send some of them. Until
 * the first one shows, the others are not compared, which is most of the work.
 */
class comb_search {
public:
    //! \param rate of the samples, that of `least_rate` at least, Hz
    comb_search(const comb_format& format, double rate);

    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void restart() { d_samples = 0; }
    sync_found found() const;

private:
    struct comb {
        std::vector<gr_complex> signs{}; // their spectrum
        proof evidence{ 0.0, 1, 1.0 };
        double most = 0.0; // power of the sum of turns like these, in a look
    };

    void look(const gr_complex* samples);
    void take_turns(size_t first);
    void compare(comb& one);

    const char* d_name;
    const size_t d_apart;   // carriers from pilot to pilot
    const size_t d_useful;  // samples
    const size_t d_every;   // samples from look to look
    const size_t d_longest; // samples of a burst
    const size_t d_pilots;  // of a comb in the band
    const size_t d_size;    // of the transforms that compare all places with a comb
    size_t d_samples = 0;   // of the burst
    volk::vector<gr_complex> d_held;
    estimated_fft d_spectrum, d_turns, d_places;
    std::vector<comb> d_combs;
    bool d_has_first = false; // the first comb was seen, with bits to support it
    double d_looked = 0.0;    // places of each
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_COMB_SEARCH_H
