/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_SCHEDULER_H
#define INCLUDED_RFATTN_TOKEN_SCHEDULER_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Passes a window of each stream now and then, so that the model can follow many.
 *
 * Goes between `emission_extractor` and `token_buffer`.
 *
 * A new stream is looked at for a window of tokens. Then it rests for first_rest_s, is
 * looked at for another window, and so on; each rest is twice as long as the one before,
 * up to max_rest_s. A stream whose latest label has a confidence below `confidence` is
 * doubtful: it rests for first_rest_s at a time until a label is sure enough, and then
 * its rests grow again. The tokens of a rest are discarded and counted.
 *
 * Rests are counted in the time of the stream, sample_start / rx_rate. Without messages
 * the same tokens pass in every run.
 *
 * # Counts
 * tokens_in = tokens_out + tokens_rested, for each stream and for all together, at any
 * time. A stream that ended is forgotten and counted in the sum alone; when it comes
 * again, it is new.
 *
 * # Stream input
 * float32[n_bins], one token an item, of any number of interleaved streams.
 *
 * # Stream output
 * float32[n_bins], the tokens that pass, unchanged and in order.
 *
 * # Tags in
 * - rfattn:segment: the stream and the segment of the tokens from here on; tokens without
 *   one are stream 0. Unless first_rest_s is 0 it must state rx_rate; one that does not
 *   ends the flowgraph with an error.
 * - rfattn:end: uint64, a stream of which no more tokens come.
 * - rfattn:arrival_ns: when the tokens from here on arrived; rfattn:found_ns with it.
 *
 * # Tags out
 * - rfattn:segment: where the output comes to a stream or to a segment, with all entries
 *   that arrived and rested_tokens (uint64, all streams together, so far). The tokens of
 *   a look are one segment, unless one arrives that begins within it: then the look
 *   begins again. Segments are numbered by stream from 0.
 * - rfattn:end, rfattn:arrival_ns and rfattn:found_ns, with the next token that passes.
 *
 * # Messages in
 * - detections: dictionaries of the port detections of `transformer` or confidences of
 *   `emission_labels`, of which `stream` and `confidence` are read. Those of a stream
 * that ended are ignored; one that lacks one of the two ends the flowgraph with an error.
 */
class RFATTN_API token_scheduler : virtual public gr::block {
public:
    typedef std::shared_ptr<token_scheduler> sptr;

    struct settings {
        //! first rest of a stream and each rest of a doubtful one, s, >= 0. 0: no stream
        //! rests, everything passes
        double first_rest_s = 1.0;
        //! longest rest, s, >= first_rest_s
        double max_rest_s = 32.0;
        //! below which a label is doubtful, 0 to 1
        double confidence = 0.8;
    };

    /*!
     * \param n_bins values in a token, features included, >= 1
     * \param window tokens of a look, >= 1: the window of the model, a whole number of
     * its steps
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins, int window, const settings& s);
    static sptr make(int n_bins, int window) { return make(n_bins, window, settings()); }

    // Counts of the run, or of the last one, all streams together.

    //! Tokens that arrived.
    virtual uint64_t tokens_in() const = 0;
    //! Tokens that passed.
    virtual uint64_t tokens_out() const = 0;
    //! Tokens that came while their stream rested, and were discarded.
    virtual uint64_t tokens_rested() const = 0;

    //! Numbers of the streams that have not ended, in increasing order.
    virtual std::vector<uint64_t> streams() const = 0;

    /*!
     * The same counts of one stream since it came: tokens_in, tokens_out, tokens_rested.
     *
     * \throws std::invalid_argument when the stream has not come or has ended
     */
    virtual std::map<std::string, uint64_t> stream_counters(uint64_t stream) const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_SCHEDULER_H
