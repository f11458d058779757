/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_READER_H
#define INCLUDED_RFATTN_CHANNEL_READER_H

#include "cut_list.h"
#include "emission_channel.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

//! \brief Reads from a channel what the spans of an emission want, each sample once.
class channel_reader {
public:
    //! There is no channel.
    channel_reader() = default;

    //! \param centre,width see emission_channel
    channel_reader(filter_banks& banks, double centre, double width);

    explicit operator bool() const { return d_channel != nullptr; }
    const emission_channel& channel() const { return *d_channel; }

    //! Samples of the channel for each of the band.
    double ratio() const { return d_ratio; }

    //! The number after the last sample that was read.
    uint64_t next() const { return d_next; }
    void skip_to(uint64_t sample) { d_next = sample; }

    //! Calls a function with each span, and with what block `number` of the first bank
    //! completes of it.
    template <typename function>
    void read(uint64_t number, const std::vector<cut_list::span>& spans, function use)
    {
        const auto completed = d_channel->extract(static_cast<int64_t>(number));
        for (const auto& span : spans) {
            const auto wanted = part(span, completed);
            if (wanted.count == 0)
                continue;
            use(span, wanted);
            d_next = wanted.first + wanted.count;
        }
    }

private:
    emission_channel::run part(const cut_list::span& s,
                               const emission_channel::run& r) const;

    std::unique_ptr<emission_channel> d_channel;
    double d_ratio = 1.0;
    uint64_t d_next = 0;
};

//! \brief Samples of a channel that follow each other, for one message.
struct gathered_samples {
    uint64_t first = 0;
    std::vector<gr_complex> samples;

    bool is_followed_by(const emission_channel::run& r) const
    {
        return r.first == first + samples.size();
    }
    void add(const emission_channel::run& r);
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_READER_H
