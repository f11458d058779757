/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BATCH_LIST_H
#define INCLUDED_RFATTN_BATCH_LIST_H

#include <cstddef>
#include <cstdint>
#include <deque>

namespace gr {
namespace rfattn {

/*!
 * \brief Which steps go through the model together, by the order in which they became
 * whole and not by when they are taken.
 *
 * A batch is closed when it has `size` steps, or earlier by close(). Steps are taken from
 * closed batches alone. Not thread-safe.
 */
class batch_list {
public:
    //! Where a step belongs.
    struct place {
        uint64_t stream;
        uint64_t batch; // number, >= 1
        bool is_last;   // whether it is the last of its batch
    };

    //! \param size steps in a batch, >= 1
    explicit batch_list(size_t size) : d_size(size) {}

    //! A step of a stream became whole.
    void add(uint64_t stream);

    //! The steps that are in no closed batch, if any, are one.
    void close();

    //! Steps of a stream that are in no closed batch.
    size_t open_steps(uint64_t stream) const;

    //! Whether a closed batch has steps.
    bool has_next() const { return d_steps.size() > d_open; }
    //! The step to take next; there must be one.
    place next() const { return d_steps.front(); }
    //! It was taken.
    void pop() { d_steps.pop_front(); }

private:
    size_t d_size;
    std::deque<place> d_steps;
    size_t d_open = 0;    // the last ones of d_steps, in no closed batch
    uint64_t d_batch = 1; // number of the open batch
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BATCH_LIST_H
