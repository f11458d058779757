/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEP_ORDER_H
#define INCLUDED_RFATTN_STEP_ORDER_H

#include "batch_list.h"
#include "stream_table.h"

namespace gr {
namespace rfattn {

/*!
 * \brief Decides which of the steps that wait in the rings is taken next.
 *
 * Without batches the streams take turns: the next step is of the stream that waits
 * longest since it was served, or since it came. A round limits the steps of each stream.
 *
 * With batches the steps come in the order in which they became whole, a fixed number of
 * them at a time, and only those of closed batches are taken.
 *
 * Not thread-safe.
 */
class step_order {
public:
    //! What a step belongs to.
    struct group {
        uint64_t number; // number of the batch or of the round; 0 where neither is
        bool is_last;    // step of its batch; false without batches
    };

    //! \param batch steps in a batch; 0: there are no batches
    explicit step_order(size_t batch) : d_batch(batch), d_batches(batch) {}

    //! Forgets all steps and rounds.
    void clear() { *this = step_order(d_batch); }

    bool has_batches() const { return d_batch > 0; }

    //! From now on `max_run` steps of each stream may be taken, until the next round.
    void begin_round(size_t max_run);

    //! A step of a stream became whole.
    void add(uint64_t stream);

    //! Steps of a stream that are in no closed batch; 0 without batches.
    size_t open_steps(uint64_t stream) const { return d_batches.open_steps(stream); }

    //! The steps that are in no closed batch, if any, are one.
    void close_batch() { d_batches.close(); }

    //! The stream whose oldest step is next; nullptr when no step may be taken.
    stream_table::entry* next(stream_table& streams) const;

    //! Whether a step may be taken now that tokens came to the ring of `e`; nullptr: to
    //! none. Costs less than next().
    bool has_step(const stream_table::entry* e) const
    {
        return has_batches() ? d_batches.has_next() : e && !e->ring->is_drained();
    }

    //! The oldest step of the stream that next() returned is taken.
    group serve(stream_table::entry& e);

private:
    size_t d_batch;
    batch_list d_batches; // empty without batches
    uint64_t d_round = 0;
    size_t d_max_run = 0; // most steps of a stream in a round; 0: there are no rounds
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STEP_ORDER_H
