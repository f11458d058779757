/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_STREAM_H
#define INCLUDED_RFATTN_EMISSION_STREAM_H

#include "channel/added_noise.h"
#include "channel/arrival_log.h"
#include "channel/channel_reader.h"
#include "channel/cut_list.h"
#include "channel/emission_channel.h"
#include "channel/listener_channel.h"
#include "feature_list.h"
#include "frames/signal_reader.h"
#include "measure/emission_features.h"
#include "measure/modulation.h"
#include "spectra/spectrum.h"
#include "spectra/token_framer.h"
#include "streams/segment.h"
#include "token_queue.h"

#include <gnuradio/rfattn/emission_extractor.h>
#include <pmt/pmt.h>

#include <memory>
#include <optional>

namespace gr {
namespace rfattn {

//! Samples of the input between two gaps, and what is known of them.
struct stretch {
    uint64_t number = 0;
    uint64_t start = 0;
    uint64_t stop = cut_list::NEVER; // the next gap
    uint64_t retunes = 0;            // up to start
    reception rx;                    // of start
};

//! How the samples of a channel become tokens.
struct token_settings : emission_extractor::settings {
    pmt::pmt_t front_end; // states the parameters in every segment
    feature_list listed;  // the features by their numbers

    uint64_t samples_per_token() const { return uint64_t(hop) * averaging; }
    uint64_t token_samples() const { return fft_size + uint64_t(averaging - 1) * hop; }
    size_t values() const { return n_bins + listed.numbers.size(); }
    bool has_frames() const { return frame_sync || contents; }
};

/*!
 * One emission: what is cut of it, its channel, and the tokens of that.
 *
 * The stream has its own place in the samples: the block of the first bank that it needs
 * next. It goes back to the beginning of a burst that is reported, as far as the samples
 * are still there. When the channel becomes another, it goes back to the beginning of the
 * burst on the air if all of that is still there; but no sample is sent twice as a
 * message.
 *
 * Each change of the stream in the output costs a tag, here and downstream, so tokens
 * wait until there are more of them.
 */
class emission_stream {
public:
    //! \param margin_min,margin_max samples of the input
    emission_stream(const token_settings& settings,
                    filter_banks& banks,
                    std::shared_ptr<stretch> where,
                    uint64_t id,
                    uint64_t margin_min,
                    uint64_t margin_max);

    uint64_t id() const { return d_id; }
    const std::shared_ptr<stretch>& where() const { return d_where; }

    /*!
     * Take over what a tag states of the emission.
     *
     * \param oldest,front blocks of the first bank: the first that can still be cut, and
     * the one that is due
     * \return samples of its new bursts that lie before `oldest`
     */
    uint64_t update(const emission& e,
                    const pmt::pmt_t& dict,
                    uint64_t oldest,
                    uint64_t front,
                    token_queue& out);

    //! Hz between the middle of the emission and that of its channel; infinite before the
    //! first update.
    double distance_to(const emission& e) const;

    //! Takes the tones that were seen around another emission.
    void take_tones(const emission_stream& other) { d_sync.take_tones(other.d_sync); }

    //! Nothing comes from sample `stop` of the input on.
    void end_at(uint64_t stop);

    //! Somebody listens to what lies between these edges, in Hz like those of its tags,
    //! as far as that is in the band; null: nobody does. The samples are sent apart,
    //! soon, and none twice.
    void listen(const listener_channel::edges* edges) { d_listener.ask(edges); }

    //! The next block of the first bank that it needs, or `end` where it needs none
    //! before that. After an update.
    uint64_t next_block(uint64_t end);

    //! Makes the tokens of block `number` of the first bank, which has begun. They wait.
    void cut(uint64_t number,
             spectrum& s,
             modulation_meter& meter,
             const arrival_log& arrivals,
             token_queue& out);

    //! Moves the tokens that wait to the queue.
    void release(token_queue& out);

    //! Gives up the bursts that were cut; nothing waits any more where none is left.
    void forget(token_queue& out);

    //! Whether it ended and nothing of it is to be cut.
    bool is_over() const { return d_ends && d_cuts.spans().empty(); }

private:
    bool tune(const emission& e, uint64_t oldest, token_queue& out);
    void look_back(uint64_t oldest);
    bool needs(uint64_t block) const;
    void restart_sync(double lower, double upper);
    void send_frames(bool is_final, token_queue& out);
    void make_token(uint64_t token,
                    const gr_complex* samples,
                    spectrum& s,
                    const arrival_log& arrivals,
                    token_queue& out);
    uint64_t end_of(uint64_t token) const;
    bool is_found_late(uint64_t token) const;
    token_times times_of(uint64_t token, const arrival_log& arrivals) const;
    segment segment_at(uint64_t token) const;
    reception rx_at(const emission_channel& channel, uint64_t channel_sample) const;
    void
    collect(const cut_list::span& s, const emission_channel::run& r, token_queue& out);
    void send(token_queue& out);
    pmt::pmt_t
    take(gathered_samples& from, const emission_channel& channel, pmt::pmt_t about);
    listener_channel::sender to_listener(token_queue& out);

    const token_settings& d_settings;
    filter_banks& d_banks;
    const std::shared_ptr<stretch> d_where;
    const uint64_t d_id;
    const uint64_t d_hop;      // samples of a block
    uint64_t d_next_block = 0; // next block of the first bank
    uint64_t d_reported = 0;   // samples that had come when the burst was reported
    double d_lower = 0.0;      // edges of the emission when its channel was made, Hz
    double d_upper = 0.0;
    channel_reader d_own;
    channel_reader d_tones; // a wider channel, if the own one is too narrow for tones
    const uint64_t d_margin_min;
    cut_list d_cuts;
    token_framer d_framer;
    emission_features d_features;
    modulation d_modulation;
    signal_reader d_sync;
    added_noise d_noise; // not in the samples that are sent
    bool d_ends = false;
    bool d_is_looked_for = false; // frames are, and a message has stated it
    pmt::pmt_t d_dict;            // dictionary of the latest tag
    double d_band = 0.0;          // its centre in that tag, Hz

    uint64_t d_segment = 0; // number
    token_batch d_waiting;
    uint64_t d_next_token = 0; // its first sample, if there is no pause before it
    uint64_t d_released = 0;   // first sample of the token after the last one released
    bool d_announced = false;  // a token of this segment was
    gathered_samples d_unsent;
    bool d_begins_burst = false;     // the samples not sent do
    std::optional<uint64_t> d_burst; // first sample of the one they belong to
    listener_channel d_listener;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_STREAM_H
