/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TONE_ROWS_H
#define INCLUDED_RFATTN_TONE_ROWS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! The newest rows of values of all bins, each with its number.
template <class T>
class tone_rows {
public:
    tone_rows(size_t count, size_t bins) : d_bins(bins), d_rows(count), d_numbers(count)
    {
    }

    //! A row to be written, in place of the oldest one.
    T* begin(uint64_t number)
    {
        const size_t place = number % d_rows.size();
        d_numbers[place] = number + 1;
        d_rows[place].assign(d_bins, T());
        return d_rows[place].data();
    }

    //! Null: that row is not there.
    const T* at(uint64_t number) const
    {
        const size_t place = number % d_rows.size();
        return d_numbers[place] == number + 1 ? d_rows[place].data() : nullptr;
    }

    //! Takes the rows of another channel, whose first bin is so many before that of this.
    void copy(const tone_rows& earlier, ptrdiff_t moved)
    {
        const auto first = std::max<ptrdiff_t>(0, -moved);
        const auto end = std::min(static_cast<ptrdiff_t>(d_bins),
                                  static_cast<ptrdiff_t>(earlier.d_bins) - moved);
        for (const uint64_t number : earlier.d_numbers)
            if (number > 0 && first < end)
                std::copy_n(earlier.at(number - 1) + first + moved,
                            end - first,
                            begin(number - 1) + first);
    }

private:
    const size_t d_bins;
    std::vector<std::vector<T>> d_rows;
    std::vector<uint64_t> d_numbers; // 1 + that of each row; 0: none
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TONE_ROWS_H
