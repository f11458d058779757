/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_EXTRACTOR_H
#define INCLUDED_RFATTN_EMISSION_EXTRACTOR_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Cuts each emission out of the band, and makes tokens of its channel: a stream.
 *
 * Goes behind `emission_detector`, whose tags tell what to cut.
 *
 * The channel of an emission is the band around its centre, about twice as wide as it,
 * at a rate of its own; so an emission looks the same wherever it lies and at whichever
 * rate it was received. Its response, in units of its rate R: flat within 0.1 dB to
 * 0.36 R from the centre, 6 dB down at 0.417 R, and aliases are 72 dB down or more.
 *
 * With N the power of two that is nearest to sample_rate / 600 Hz, at least 512, the rate
 * is sample_rate / N times 4, 5, 6 or 7 times a power of two, whichever is nearest to
 * twice the width. Rates below 128 sample_rate / N divide 160 sample_rate / N in the same
 * manner; none is below sample_rate / 2 N. An emission that is wider than about half the
 * band has the whole band as its channel; any other channel that reaches over the edge of
 * the band is 6 dB down at that edge.
 *
 * What is cut: each burst, with a margin of an eighth of it on both sides, at least 12
 * tokens and margin_s, otherwise at most lookback_s. Nothing is cut between the bursts,
 * but what comes until the end of a burst is reported.
 *
 * The block works delay_s and margin_s behind its input. A burst is found later than it
 * began: then its stream goes back to its beginning, as far as lookback_s and margin_s
 * behind the input, and catches up at eight times the pace of the input. Meanwhile the
 * other streams continue. Of a burst that is found later still, what has passed is
 * missing: samples_missed() counts it. In channels narrower than about 115 sample_rate /
 * N (70 kHz), tokens come later, by up to 128 of their samples. With delay_s as long as
 * lookback_s no stream ever goes back, and the end of a burst is mostly known before its
 * last tokens are made.
 *
 * An emission whose edges move by more than a quarter of its width gets another channel.
 * If all of the burst on the air can still be cut, it is cut again from its beginning,
 * unless samples are sent; else the new channel begins where the stream stands.
 *
 * # Stream input
 * complex64, at sample_rate, full scale 1.0.
 *
 * # Stream output
 * float32[n_bins + len(features)], tokens as `power_spectrum` makes them of a
 * channel, each with the features of its emission behind it. The streams of all
 * emissions are interleaved. Tokens begin at multiples of hop * averaging samples of
 * their channel. The same input and tags give the same tokens and tags, however the
 * scheduler divides them.
 *
 * With max_snr_db, white noise is added to the channel of an emission whose SNR is
 * higher, before its tokens and features are made, so that the SNR between its edges is
 * max_snr_db. What shows beside a strong signal and far below it, such as phase noise and
 * images, is the receiver's. Samples that are sent are without that noise.
 *
 * Features describe the emission when the token is made; each is limited to +-4. By its
 * latest tag:
 * - width: log2(width in Hz / 16000) / 4
 * - channel: log2(rate of the channel / width) - 1
 * - burst: log2(duration in s / 0.1) / 4, with the median duration of the last 32 bursts
 * that ended or, before one has ended or where it is longer, the length so far of the one
 * on the air
 * - ended: 1 where a burst has ended, else 0
 * - period: log2(period in s) / 4; 0 where it is not known
 * - periodic: 1 where the period is known, else 0
 * - duty: 2 duty - 1
 * - snr: (SNR in dB, at most 25, - 15) / 10
 *
 * By the blocks of 512 samples of its channel that were measured so far, without what
 * lies outside its edges:
 * - measured: log2(1 + blocks) / 4; while it is 0, all that follow are
 * - carrier: 1 + log10(share of the power in the strongest three of 512 bins)
 * - envelope: mean of the squared power over the square of its mean, minus 1.5
 * - deviation: 4 (standard deviation of the frequency / width) - 1
 * - levels: log2(kurtosis of the frequency) - 1
 * - am_rate: log2(strongest line in the spectrum of the power, Hz / 4800) / 2
 * - am_line: (that line over its surroundings, dB - 10) / 10
 * - fm_rate, fm_line: the same of the square of the frequency
 * - square_line, fourth_line: the strongest lines in the spectra of the square and of
 * the fourth power of the samples, likewise
 *
 * After k such blocks, k / 32 are left out; those before the last 256 or so fade.
 *
 * # Tags in
 * - rfattn:emission: see `emission_detector`. At a gap it is of the segment before. One
 *   with another segment than that of its sample is not cut, and samples_missed() counts
 *   its bursts. Nothing is cut of an emission while its tags have the flag ignored. A
 *   value that is no such dictionary, or has edges outside the band, ends the flowgraph
 *   with an error.
 * - rx_time, rx_rate or rx_freq after the first sample of a segment is a gap: it ends all
 *   emissions. An rx_rate that differs from sample_rate by a millionth or more ends the
 *   flowgraph with an error.
 *
 * # Tags out
 * - rfattn:segment, first token of each burst, and wherever the output comes to another
 *   stream: as that of `power_spectrum`, with stream (the id of the emission), rx_rate
 * and rx_freq of the channel, sample_start in samples of the channel since the first
 * sample of the input (sample_start / rx_rate is the time in s), emission, the dictionary
 * of the emission's latest tag, and features, the names of those in a token. The
 * number of the segment stays that of the emission's last one, also after a pause between
 * bursts; it rises when the emission gets another channel.
 * - rfattn:end, uint64: the id of an emission that has ended; on the next token.
 * - rfattn:arrival_ns: when the last sample of the first of the tokens from here on
 *   arrived. delay_s is part of their latency, and so is the time, at most 10 ms, until
 *   tokens of one stream leave together.
 * - rfattn:found_ns, with the former, where the detector reported the burst, or the edges
 *   of the channel, after that sample: when the sample with the report arrived.
 *
 * # Messages in
 * - listen: a dictionary of the emissions that somebody listens to, in place of those
 *   before: by id (uint64), the edges of what is heard, f64vector[2] in Hz like those of
 *   the emission. What lies outside the band is left out. A message that is something
 * else changes nothing; listens_refused() counts them.
 *
 * # Messages out
 * - samples: where the parameter of that name is set, a pair of a dictionary and a vector
 *   of complex64, samples of one channel without a gap, at most about 16384. The
 * dictionary has id, sample_start (in samples of the channel), rx_rate, rx_freq, rx_time
 * where known, emission, and at the beginning of each burst burst_start (sample of the
 * input).
 * - heard: the same of each emission that somebody listens to, of a channel of about
 * twice what is heard, within about 20 ms, without burst_start.
 * - findings: with frame_sync, a dictionary with id (uint64) when frames begin to be
 *   looked for in an emission; then also with frames (symbol), the format whose frames
 *   were found, when they are found or are those of another format; without frames once
 *   none are any more. They are looked for in the
 *   first 60 s on the air, or 15 million samples of the channel, and no longer than until
 *   eight are found; for DECT, BLE, IEEE 802.15.4 and Mode S in the first 5 ms of each
 *   burst, for Z-Wave at 40 and 100 kBd in the first 1.5 s. A long word is enough once, a
 *   shorter one twice, a short one in most frames; of AIS, HDLC, Mode S and Z-Wave a
 * frame with the right checksum, once; of LTE both synchronization signals; of FM stereo
 * the pilot tone for a quarter of a second. That takes an SNR of 7 to 12 dB, and a symbol
 *   rate that is right within 0.3 %, for AIS within 0.1 %.
 * - frames: with contents, a dictionary for each frame of AIS, HDLC, Mode S or Z-Wave
 *   whose checksum is right, of Mode S those of formats 11, 17 and 18: id (uint64),
 * format (symbol), sample_start (uint64, of the input, within a few symbols), and bits
 *   (u8vector), the frame with its checksum, without flags, stuffed bits and preambles,
 *   eight bits in an octet, the first one highest. Once such a format was found, whole
 *   bursts are read until the emission ends. More than 1000 in a second of the input are
 *   not sent; frames_dropped() counts them.
 */
class RFATTN_API emission_extractor : virtual public gr::block {
public:
    typedef std::shared_ptr<emission_extractor> sptr;

    struct settings {
        //! samples in a frame of a channel: a power of two from 8 to 65536
        int fft_size = 64;
        //! samples of a channel from frame to frame, >= 1
        int hop = 32;
        //! values in a token: a power of two up to fft_size
        int n_bins = 64;
        //! hann, hamming, blackman, blackmanharris, flattop or rectangular
        std::string window = "hann";
        //! frames in a token, >= 1
        int averaging = 1;
        //! "db" or "linear"
        std::string scale = "db";
        //! "keep", or "remove" as in `power_spectrum`
        std::string dc = "keep";
        //! how far behind the input the beginning of a burst is still cut, s, 0 to 10;
        //! costs 19 bytes a sample, 8 where delay_s is as long
        double lookback_s = 0.1;
        //! emissions that are cut at a time, >= 1. More are not cut until there is room,
        //! and are counted
        int max_emissions = 64;
        //! send the samples of the channels as messages, too
        bool samples = false;
        //! names of those behind each spectrum, in order; none: a spectrum alone
        std::vector<std::string> features = {};
        //! least margin on both sides of a burst, s, 0 to 10; all comes so much later
        double margin_s = 0.0;
        //! of an emission that is stronger, the tokens are those of one with this SNR in
        //! dB, 0 to 200; 0: as it is
        double max_snr_db = 25.0;
        //! look for the known symbols with which frames begin; a program in C++ calls
        //! frame_formats::set() before
        bool frame_sync = true;
        //! send the frames whose checksum is right
        bool contents = false;
        //! time from a sample to its tokens, s, 0 to lookback_s
        double delay_s = 0.0;
    };

    /*!
     * \param sample_rate of the input, Hz, > 0 and <= 1e9
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(double sample_rate, const settings& s);
    static sptr make(double sample_rate) { return make(sample_rate, settings()); }

    //! Emissions of this run, or of the last one, that were cut or are being cut.
    virtual uint64_t emissions_cut() const = 0;
    //! Emissions that came while max_emissions others were being cut.
    virtual uint64_t emissions_dropped() const = 0;
    //! Samples of the input, of bursts, that had passed when their emission was found, or
    //! that belong to another segment than its tag.
    virtual uint64_t samples_missed() const = 0;
    //! Tokens that were made.
    virtual uint64_t tokens_out() const = 0;

    //! Frames that were read and not sent, since too many came in a second.
    virtual uint64_t frames_dropped() const = 0;

    //! Messages to the port listen that were none.
    virtual uint64_t listens_refused() const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_EXTRACTOR_H
