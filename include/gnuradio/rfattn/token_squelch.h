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
 * \brief Discards the tokens of an idle band, so that the model need not run.
 *
 * Goes between `power_spectrum` (scale "db") and `token_buffer`.
 *
 * The block tracks the noise floor of each bin. A step is active when the mean of a bin
 * over the step, or of a token over its bins, lies threshold_db above the floor, or a
 * single value 10 dB more. The block passes all steps from context_steps before an active
 * one to hang_steps after it, and skips and counts the others.
 *
 * A signal that is present from the start cannot be told from noise. Therefore everything
 * passes until a bin has once risen or fallen by threshold_db + 10 dB; floor_db avoids
 * that. A new rx_freq or rx_rate starts a new floor.
 *
 * When the level of an eighth of the bins falls by threshold_db, either a signal has
 * ended or a carrier quiets FM noise. Everything passes until the lower level has lasted
 * settle_steps without a break; it then becomes the floor. A carrier that quiets the
 * noise for longer is mistaken for the floor.
 *
 * At any time tokens_in = tokens_out + tokens_skipped + the tokens held back.
 *
 * # Stream input
 * float32[n_bins], tokens in dB.
 *
 * # Stream output
 * float32[n_bins], whole steps of block_size tokens, unchanged.
 *
 * # Tags in
 * rfattn:segment and rfattn:arrival_ns of `power_spectrum`. Without the first, the block
 * assumes one segment of tokens that are one sample long. All tokens must belong to one
 * stream: another one ends the flowgraph with an error.
 *
 * # Tags out
 * - rfattn:segment: where a segment arrives, and after each skipped step. Steps begin at
 *   the same tokens as without the squelch.
 * - rfattn:arrival_ns, first token of each step: when the last token arrived that made
 * the step pass. The time that a step waits for a reason to pass is therefore not part of
 *   its latency.
 */
class RFATTN_API token_squelch : virtual public gr::block {
public:
    typedef std::shared_ptr<token_squelch> sptr;

    /*!
     * \param n_bins values in a token, >= 1
     * \param block_size tokens in a step, >= 1; that of the model
     * \param threshold_db rise above the noise floor that makes a step active, dB, > 0.
     * In white noise, one of 700 steps of 32 tokens of 128 bins has a bin 3 dB above the
     * floor, and none of 6000 has one 3.5 dB above it
     * \param context_steps steps that pass before an active one, >= 0. With two windows
     * of the model its labels equal those without a squelch. These steps leave at once,
     * so a token_buffer that drops needs that much more capacity
     * \param hang_steps steps that pass after an active one, >= 0
     * \param settle_steps steps after which a lower level becomes the floor, >= 1
     * \param floor_db noise floor of every bin at the start, dB; None: learn it
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins,
                     int block_size,
                     double threshold_db = 3.5,
                     int context_steps = 128,
                     int hang_steps = 4,
                     int settle_steps = 32,
                     std::optional<double> floor_db = std::nullopt);

    //! Tokens that arrived in this run, or in the last one.
    virtual uint64_t tokens_in() const = 0;
    //! Tokens that passed.
    virtual uint64_t tokens_out() const = 0;
    //! Tokens of idle steps, and of steps cut short by the end of a segment.
    virtual uint64_t tokens_skipped() const = 0;
    //! Segments that left: one for each gap, and one for each time that skipping ended.
    virtual uint64_t segments() const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_SQUELCH_H
