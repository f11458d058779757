/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_SQUELCH_H
#define INCLUDED_RFATTN_TOKEN_SQUELCH_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Holds back the tokens of an idle band, so that the model need not run.
 *
 * Goes between power_spectrum and token_buffer.
 *
 * # Stream input
 * float32[n_bins], tokens in dB, any rate.
 *
 * # Stream output
 * float32[n_bins], those of the tokens that pass, in whole steps of block_size tokens.
 *
 * # When
 * A step is active when something lies threshold_db above the tracked noise floor of its
 * bin (a value alone: 10 dB more). Steps pass from context_steps before an active one to
 * hang_steps after it; all others are skipped and counted. What is there from the start
 * on looks like noise, so until there has been a contrast everything passes; floor_db
 * states the floor instead. A new rx_freq or rx_rate begins with a new floor.
 *
 * When the level of an eighth of the bins falls by threshold_db, a signal may have ended,
 * or a carrier come that quiets FM audio: everything passes until the lower level has
 * lasted settle_steps without a break, which makes it the floor. A carrier that quiets
 * the noise for longer is taken for the floor.
 *
 * # Tags in
 * rfattn:segment and rfattn:arrival_ns of power_spectrum; without the first, one segment
 * of one-sample tokens is assumed. All tokens must belong to one stream: another one ends
 * the flowgraph with an error.
 *
 * # Tags out
 * rfattn:segment where a segment comes in and after each skipped step: steps lie where
 * they would without the squelch. rfattn:arrival_ns, first token of each step: when the
 * last token came that let it pass, so waiting for a reason to wake is no latency.
 *
 * tokens_in = tokens_out + tokens_skipped + those held back now.
 */
class RFATTN_API token_squelch : virtual public gr::block {
public:
    typedef std::shared_ptr<token_squelch> sptr;

    /*!
     * \param n_bins values in a token, >= 1
     * \param block_size tokens in a step, that of the model, >= 1
     * \param threshold_db above the floor, > 0; in white noise one of 700 steps of 32
     * tokens of 128 bins has a bin 3 dB above it, none of 6000 one 3.5 dB above
     * \param context_steps that pass before an active one, >= 0; two windows of the
     * model, so that its labels are those without a squelch. They come at once: a
     * token_buffer that drops needs as much more capacity
     * \param hang_steps that pass after an active one, >= 0
     * \param settle_steps until a lower level is the floor, >= 1
     * \param floor_db of every bin at the start; without it, learned
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins,
                     int block_size,
                     double threshold_db = 3.5,
                     int context_steps = 128,
                     int hang_steps = 4,
                     int settle_steps = 32,
                     std::optional<double> floor_db = std::nullopt);

    // Counts of the run, or of the last one.

    virtual uint64_t tokens_in() const = 0;
    virtual uint64_t tokens_out() const = 0;
    //! In idle steps, and in steps cut short by the end of a segment.
    virtual uint64_t tokens_skipped() const = 0;
    //! Segments that went out: one for each gap and for each time that skipping ended.
    virtual uint64_t segments() const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_SQUELCH_H
