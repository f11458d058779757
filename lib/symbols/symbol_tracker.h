/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_TRACKER_H
#define INCLUDED_RFATTN_SYMBOL_TRACKER_H

#include <complex>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Follows the moment at which the eye of the symbols is widest open.
 *
 * A transmitter's clock, or that of a recording, may drift by more than a symbol in a
 * long frame. The moment is that of the line which the opening has at the symbol rate (M.
 * Oerder, H. Meyr, "Digital filter and square timing recovery", IEEE Trans. Commun.
 * 36(5), 1988), of the last 32 symbols: what fades has little part in it.
 */
class symbol_tracker {
public:
    static constexpr uint64_t PARTS = 4; //!< moments of a symbol

    //! \param opening of the eye, a power \returns whether this moment is the one
    bool add(float opening)
    {
        // The line turns by a quarter from part to part; its angle is that from this
        // part.
        static_assert(PARTS == 4);
        const float re = -d_line.imag(), im = d_line.real();
        const float weight =
            d_count < SPAN ? 1.0f / static_cast<float>(d_count + 1) : 1.0f / SPAN;
        d_line = { re + (opening - re) * weight, im - im * weight };
        return d_count++ == d_next && take();
    }

private:
    static constexpr uint64_t SPAN = PARTS * 32; // parts that count

    bool take();

    uint64_t d_count = 0;
    uint64_t d_next = PARTS * 16; // the means of the first symbols are rough
    uint64_t d_moved = 0;
    std::complex<float> d_line;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_TRACKER_H
