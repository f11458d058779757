/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LISTENER_CHANNEL_H
#define INCLUDED_RFATTN_LISTENER_CHANNEL_H

#include "channel_reader.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The samples of an emission for somebody who listens: of a channel of its own, as
 * wide as the sound needs.
 *
 * They are sent every MESSAGE_S. No sample of the band is sent twice, also where another
 * channel is asked for.
 */
class listener_channel {
public:
    static constexpr double MESSAGE_S = 0.02;

    //! Lower and upper edge on the air, Hz.
    using edges = std::pair<double, double>;
    //! Takes the samples away.
    using sender = std::function<void(gathered_samples&, const emission_channel&)>;

    //! Null: nobody listens any more. It counts from the next block on.
    void ask(const edges* wanted);

    /*!
     * Reads block `number` of the first bank, which has begun.
     *
     * \param band centre of the band on the air, Hz
     */
    void read(uint64_t number,
              filter_banks& banks,
              double band,
              const std::vector<cut_list::span>& spans,
              const sender& send);

    //! Sends what waits.
    void flush(const sender& send);

private:
    void tune(uint64_t number, filter_banks& banks, double band, const sender& send);

    std::optional<edges> d_wanted;
    std::optional<edges> d_tuned; // edges of the channel
    channel_reader d_reader;
    uint64_t d_heard_to = 0; // number after the last sample of the band that was read
    gathered_samples d_waiting;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LISTENER_CHANNEL_H
