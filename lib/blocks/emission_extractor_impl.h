/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H
#define INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H

#include "channel/sample_ring.h"
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
 * Block b of the bank is cut when the sample `lookback` after its last one has arrived,
 * and with the tags up to there. So it does not matter how the input is divided. Its
 * tokens wait in a queue until the output has room.
 */
class emission_extractor_impl : public emission_extractor {
public:
    emission_extractor_impl(double sample_rate, const settings& s);

    uint64_t emissions_cut() const override { return d_emissions_cut; }
    uint64_t emissions_dropped() const override { return d_emissions_dropped; }
    uint64_t samples_missed() const override { return d_samples_missed; }
    uint64_t tokens_out() const override { return d_tokens_out; }
    std::string error() const override { return d_error.text(); }

    bool start() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int general_work(int noutput_items,
                     gr_vector_int& ninput_items,
                     gr_vector_const_void_star& input_items,
                     gr_vector_void_star& output_items) override;

private:
    int run(int noutput_items, int available, const gr_complex* in, float* out);
    bool input_ends_after(int items) const;
    void take_input(const gr_complex* in, int available);
    void read_tags(uint64_t begin, uint64_t end);
    bool cut_next_block();
    void note_arrival(uint64_t known);
    void apply_tags(uint64_t end);
    void apply_gap(const tag_t& tag);
    void apply_emission(const tag_t& tag);
    emission_stream* stream_of(const emission& e);
    void cut_block();
    void begin_block(const stretch& where);
    void end_streams();
    int write_tokens(float* out, int room);
    void write_tags();

    const double d_sample_rate;
    const token_settings d_settings;
    const size_t d_max_emissions;
    filter_banks d_banks;
    const uint64_t d_hop;        // samples of a block
    const uint64_t d_margin;     // samples that it looks at on both sides
    const uint64_t d_margin_min; // samples, of a burst
    const uint64_t d_margin_max;
    const uint64_t d_lookback; // samples
    const uint64_t d_release_blocks;
    spectrum d_spectrum;
    modulation_meter d_meter;

    volk::vector<gr_complex> d_samples; // a block, where the ring has it in two pieces
    sample_ring d_ring;
    bool d_begun = false;
    bool d_input_ended = false;
    uint64_t d_block = 0;                                 // next
    std::deque<tag_t> d_tags;                             // that were not applied
    std::deque<std::pair<uint64_t, uint64_t>> d_arrivals; // end of samples, ns
    uint64_t d_arrival_ns = 0;
    std::shared_ptr<stretch> d_stretch;
    std::vector<std::unique_ptr<emission_stream>> d_live; // in order of their stretches

    uint64_t d_first_item = 0; // of the output in this run
    token_queue d_queue;
    std::vector<tag_t> d_found;

    std::atomic<uint64_t> d_emissions_cut{ 0 };
    std::atomic<uint64_t> d_emissions_dropped{ 0 };
    std::atomic<uint64_t> d_samples_missed{ 0 };
    std::atomic<uint64_t> d_tokens_out{ 0 };
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_EXTRACTOR_IMPL_H
