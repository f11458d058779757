/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TONE_VECTOR_H
#define INCLUDED_RFATTN_TONE_VECTOR_H

#include "tone_rows.h"
#include "words/proof.h"
#include "words/sync_words.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for messages of which each symbol has one known bit: whether its tone is
 * one of those for a 1 or one of those for a 0.
 *
 * Each spectrum gives a value from -1 to 1 for each frequency, which noise makes as often
 * positive as negative. Their correlation with the known bits is looked at for each start
 * of a message of which enough was seen.
 */
class tone_vector {
public:
    //! \param parts spectra of a symbol \param finer bins of a tone
    tone_vector(const tone_format& format, size_t bins, size_t parts, size_t finer);

    //! Takes the powers of all bins. \param number of the spectrum
    void add(uint64_t number, const float* power);
    //! Nothing comes any more: looks at what came since the last look.
    void finish();
    //! Takes what another saw, whose first bin is so many before that of this.
    void take_rows(const tone_vector& other, ptrdiff_t moved)
    {
        d_values.copy(other.d_values, moved);
    }
    void take_proof(const tone_vector& earlier)
    {
        d_proof = earlier.d_proof;
        d_looks = earlier.d_looks;
    }

    sync_found found() const { return d_proof.found(d_format->name, false); }

private:
    void look(uint64_t last);
    double most_bits(const std::vector<const int8_t*>& rows, size_t bin) const;

    const tone_format* d_format;
    const size_t d_bins; // at which a message may have its lowest tone
    const size_t d_parts, d_finer;
    const size_t d_symbols; // that are kept
    tone_rows<int8_t> d_values;
    proof d_proof;
    double d_looks = 0.0;
    std::optional<uint64_t> d_unseen; // spectrum that came last, since the last look
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TONE_VECTOR_H
