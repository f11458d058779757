/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_BUFFER_HALVES_H
#define INCLUDED_RFATTN_TOKEN_BUFFER_HALVES_H

#include "streams/token_ring.h"
#include "token_tags.h"

#include <gnuradio/sync_block.h>

#include <memory>
#include <optional>

namespace gr {
namespace rfattn {

//! Upstream end of one port of a token_buffer: tokens and their tags into the ring.
class token_buffer_sink : public gr::sync_block {
public:
    token_buffer_sink(int n_bins, int port, std::shared_ptr<token_ring> ring);

    bool check_topology(int ninputs, int noutputs) override;
    bool stop() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    int push(int noutput_items, const float* in);
    void apply(const tag_t& tag);

    const size_t d_n_bins;
    const size_t d_port;
    const std::shared_ptr<token_ring> d_ring;
    token_tags d_tags;
    std::optional<token_times> d_when; // times of the last tags
};

//! Downstream end of a token_buffer: whole steps from the ring, tagged.
class token_buffer_source : public gr::sync_block {
public:
    token_buffer_source(
        int n_bins, int block_size, int batch, int run, std::shared_ptr<token_ring> ring);

    bool stop() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    bool reader_is_idle();
    void tag_step(uint64_t item, const token_ring::step& s);

    const int d_n_bins;
    const int d_block_size;
    const int d_batch;       // steps in a round or batch, at most
    const int d_run;         // most steps of one stream in a round
    const bool d_has_rounds; // a round comes when the reader is done with the last one
    const std::shared_ptr<token_ring> d_ring;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_BUFFER_HALVES_H
