/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEP_TAGS_H
#define INCLUDED_RFATTN_STEP_TAGS_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief What the transformer, a Python block, does with the tags of its steps.
 *
 * Call by call from Python it would cost ten times as much, all of it between two steps.
 * Use it in work() only; it does not keep the block alive.
 */
class RFATTN_API step_tags {
public:
    //! \param block one `rfattn:step` tag in on each `block_size` items, one out on each
    //! \param block_size items that the block consumes in a work call
    step_tags(gr::block* block, int channels, int block_size);

    /*!
     * Reads the tag on the next item of every input.
     *
     * \return number of the step's segment, and the samples it looks at, by channel
     * \throws std::invalid_argument when there is none
     */
    const std::vector<std::pair<uint64_t, uint64_t>>& read();

    /*!
     * Tags the next output item of a channel with what was read, and more.
     *
     * \param start_ns,end_ns when the model began and ended (steady clock)
     * \param costs dictionary of what else to add, with keys that are new
     * \return the dictionary on the tag
     */
    pmt::pmt_t
    write(int channel, uint64_t start_ns, uint64_t end_ns, const pmt::pmt_t& costs);

    //! Whether a message on `port` would reach anyone.
    bool is_heard(const pmt::pmt_t& port) const;

private:
    gr::block* const d_block;
    const int d_block_size;
    std::vector<pmt::pmt_t> d_steps;
    std::vector<std::pair<uint64_t, uint64_t>> d_heads;
    std::vector<tag_t> d_found;
};

} // namespace rfattn
} // namespace gr

#endif /* INCLUDED_RFATTN_STEP_TAGS_H */
