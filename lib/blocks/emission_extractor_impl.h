/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H
#define INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H

#include "channel/arrival_log.h"
#include "channel/sample_ring.h"
#include "emission_pmt.h"
#include "emission_stream.h"
#include "run_error.h"

#include <gnuradio/rfattn/emission_extractor.h>

#include <atomic>
#include <deque>
#include <utility>

namespace gr {
namespace rfattn {

/*!
 * Ring, gaps and the order of things; what is cut is the business of emission_stream.
 *
 * Block b of the bank is due when the sample `delay` after its last one has arrived, and
 * the tags up to there are applied first. Each stream has a block of its own that comes
 * next: the one that is due, or one before, down to `lookback` behind the input. With
 * each block that becomes due, CATCH_UP blocks are cut for the streams that are behind,
 * the oldest first. So it does not matter how the input is divided, the work in a call
 * has a bound, and no stream falls further behind: the oldest block rises by one at
 * least. Tokens wait in a queue until the output has room.
 */
class emission_extractor_impl : public emission_extractor {
public:
    emission_extractor_impl(double sample_rate, const settings& s);

    uint64_t emissions_cut() const override { return d_emissions_cut; }
    uint64_t emissions_dropped() const override { return d_emissions_dropped; }
    uint64_t samples_missed() const override { return d_samples_missed; }
    uint64_t tokens_out() const override { return d_tokens_out; }
    uint64_t frames_dropped() const override { return d_frames_dropped; }
    uint64_t listens_refused() const override { return d_listens_refused; }
    std::string error() const override { return d_error.text(); }

    bool start() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int general_work(int noutput_items,
                     gr_vector_int& ninput_items,
                     gr_vector_const_void_star& input_items,
                     gr_vector_void_star& output_items) override;

private:
    int run(int noutput_items, int available, const gr_complex* in, float* out);
    void take_input(const gr_complex* in, int available);
    void read_tags(uint64_t begin, uint64_t end);
    bool cut_due_block();
    uint64_t oldest_block() const;
    void apply_tags(uint64_t end);
    void apply_gap(const tag_t& tag);
    void apply_emission(const tag_t& tag);
    emission_stream* stream_of(const emission& e);
    const emission_stream* nearest_to(const emission& e) const;
    void listen_to(const pmt::pmt_t& message);
    const std::pair<double, double>* heard_edges_of(uint64_t id) const;
    void catch_up();
    void cut_block(uint64_t number);
    void begin_block(uint64_t number, const stretch& where);
    void end_streams();
    void send_messages();
    void send_frames();
    int write_tokens(float* out, int room);

    const double d_sample_rate;
    const token_settings d_settings;
    const size_t d_max_emissions;
    const uint64_t d_size;       // size of the bank
    const uint64_t d_hop;        // samples of a block
    const uint64_t d_margin;     // samples that it looks at on both sides
    const uint64_t d_margin_min; // samples, of a burst
    const uint64_t d_margin_max; // with the other one the lookback
    const uint64_t d_delay;      // samples that are waited for behind a block
    const uint64_t d_release_blocks;
    const uint64_t d_behind; // blocks that a stream can go back
    filter_banks d_banks;
    spectrum d_spectrum;
    modulation_meter d_meter;

    volk::vector<gr_complex> d_samples; // a block, where the ring has it in two pieces
    sample_ring d_ring;
    bool d_begun = false;
    bool d_input_ended = false;
    uint64_t d_first_block = 0; // first block of this run
    uint64_t d_due = 0;         // block
    std::deque<tag_t> d_tags;   // tags that were not applied
    arrival_log d_arrivals;
    std::shared_ptr<stretch> d_stretch;
    std::vector<std::unique_ptr<emission_stream>> d_live; // in order of their stretches
    heard_edges d_heard;

    uint64_t d_second = 0;      // second of the input
    uint64_t d_frames_sent = 0; // frames sent in that second
    uint64_t d_first_item = 0;  // first item of the output in this run
    token_queue d_queue;
    std::vector<tag_t> d_found;

    std::atomic<uint64_t> d_emissions_cut{ 0 };
    std::atomic<uint64_t> d_emissions_dropped{ 0 };
    std::atomic<uint64_t> d_samples_missed{ 0 };
    std::atomic<uint64_t> d_tokens_out{ 0 };
    std::atomic<uint64_t> d_frames_dropped{ 0 };
    std::atomic<uint64_t> d_listens_refused{ 0 };
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H
