/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_TAGS_H
#define INCLUDED_RFATTN_TOKEN_TAGS_H

#include "keys.h"

#include <gnuradio/tags.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! Applies the tags of tokens in order, each once, however often its token is seen.
class token_tags {
public:
    //! Where get_tags_in_range() puts those of a work call; sort() them then.
    std::vector<tag_t> found;

    //! In order; on one token what ends comes before what begins.
    void sort()
    {
        const auto earlier = [](const tag_t& a, const tag_t& b) {
            if (a.offset != b.offset)
                return a.offset < b.offset;
            return a.key == keys::END_TAG && b.key != keys::END_TAG;
        };
        std::stable_sort(found.begin(), found.end(), earlier);
    }

    //! Call at the start of a run.
    void restart() { d_applied = 0; }

    //! Applies the tags of `token`, unless an earlier call did; returns where the next
    //! ones are, or `end`.
    template <class Function>
    uint64_t apply(uint64_t token, uint64_t end, Function function)
    {
        const uint64_t applied = d_applied;
        d_applied = token + 1;
        for (const auto& tag : found) {
            if (tag.offset > token)
                return tag.offset;
            if (tag.offset >= applied)
                function(tag);
        }
        return end;
    }

private:
    uint64_t d_applied = 0; // tokens whose tags were applied
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_TAGS_H
