/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "listener_channel.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

void listener_channel::ask(const edges* wanted)
{
    d_wanted.reset();
    if (wanted)
        d_wanted = *wanted;
}

// Makes the channel that is asked for, for samples of the band that none had before.
void listener_channel::tune(uint64_t number,
                            filter_banks& banks,
                            double band,
                            const sender& send)
{
    const auto counted = [&](double sample) {
        return static_cast<uint64_t>(std::ceil(sample));
    };
    const double sample_rate = banks.sample_rate(), half_band = 0.5 * sample_rate;
    flush(send);
    if (d_reader)
        d_heard_to = counted(static_cast<double>(d_reader.next()) * sample_rate /
                             d_reader.channel().rate());
    d_reader = {};
    d_tuned = d_wanted;
    if (!d_wanted)
        return;
    const double lower = std::max(d_wanted->first - band, -half_band);
    const double upper = std::min(d_wanted->second - band, half_band);
    if (!(lower < upper))
        return;
    d_reader = channel_reader(banks, 0.5 * (lower + upper), upper - lower);
    const uint64_t first = std::max(number * banks.first().hop(), d_heard_to);
    d_reader.skip_to(
        counted(static_cast<double>(first) * d_reader.channel().rate() / sample_rate));
}

void listener_channel::read(uint64_t number,
                            filter_banks& banks,
                            double band,
                            const std::vector<cut_list::span>& spans,
                            const sender& send)
{
    if (d_tuned != d_wanted)
        tune(number, banks, band, send);
    if (!d_reader)
        return;
    const double most = MESSAGE_S * d_reader.channel().rate();
    d_reader.read(number, spans, [&](const auto&, const auto& wanted) {
        if (!d_waiting.is_followed_by(wanted))
            flush(send);
        d_waiting.add(wanted);
        if (static_cast<double>(d_waiting.samples.size()) >= most)
            flush(send);
    });
}

void listener_channel::flush(const sender& send)
{
    if (!d_waiting.samples.empty())
        send(d_waiting, d_reader.channel());
    d_waiting.samples.clear();
}

} // namespace rfattn
} // namespace gr
