/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LTE_SYNC_H
#define INCLUDED_RFATTN_LTE_SYNC_H

#include "base/estimated_fft.h"
#include "lte_duplex.h"
#include "words/proof.h"

#include <gnuradio/gr_complex.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the synchronization signals of an LTE cell, with which a telephone
 * finds it (3GPP TS 36.211, 6.11).
 *
 * The primary signal comes every 5 ms. The secondary one comes one symbol before it where
 * both directions have their own frequencies (FDD), and three where they take turns
 * (TDD); so its place tells both apart. It looks at the first 15 ms of what lasts, and
 * again at 40 ms, with the middle of the cell within 300 kHz of where it should be. A
 * look takes 30 or 80 ms of a core, spread over 0.1 s of the signal.
 */
class lte_sync {
public:
    static constexpr double MOST_OFFSET = 300e3; //!< of the middle of a cell, Hz

    //! \param rate Hz \param lower,upper edges of the emission, Hz from the centre
    //! \param middle of the cell, roughly
    lte_sync(double rate, double lower, double upper, double middle);

    //! Whether a cell can lie there.
    bool has_formats() const { return !d_offsets.empty(); }
    //! Takes samples, the first of which has number `first` in the channel.
    void add(uint64_t first, const gr_complex* samples, size_t count);
    //! Looks at all that came, since nothing may follow soon.
    void finish();
    sync_found found() const { return d_found; }

private:
    void begin();
    void decimate(const gr_complex* samples, size_t count);
    void search(size_t more);
    void conclude();
    std::vector<std::vector<gr_complex>> transformed();
    lte_place look(double offset, size_t sector);
    void refine(lte_place& p) const;
    std::vector<gr_complex> replica(double offset, size_t sector) const;
    bool is_searching() const;
    bool can_search() const;
    size_t halves() const;
    size_t samples_for(size_t half_frames) const;

    size_t d_decimation;
    lte_times d_times;              // behind it
    std::vector<gr_complex> d_taps; // none: all samples stay
    std::vector<gr_complex> d_held;
    uint64_t d_next = 0; // sample
    size_t d_phase = 0;  // samples until the next that stays
    std::vector<gr_complex> d_samples;
    std::vector<double> d_offsets; // where the middle may be, Hz
    std::unique_ptr<estimated_fft> d_forward, d_backward;
    std::vector<std::vector<gr_complex>> d_blocks; // spectra; none: nothing is searched
    std::vector<lte_place> d_places;               // that were looked at
    size_t d_looks = 0;
    double d_tries = 0.0; // of places
    sync_found d_found;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LTE_SYNC_H
