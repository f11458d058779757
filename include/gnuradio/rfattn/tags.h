/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TAGS_H
#define INCLUDED_RFATTN_TAGS_H

namespace gr {
namespace rfattn {

/*!
 * \brief Every stream tag key, and every key of the dictionaries that tags carry.
 *
 * Times in ns are of the monotonic clock (std::chrono::steady_clock, time.monotonic_ns).
 * A new key gets a constant and a line in ALL, from which Python has it.
 */
namespace tags {

// Stream tag keys.

//! power_spectrum, first token of each segment: dictionary.
inline constexpr char SEGMENT[] = "rfattn:segment";
//! emission_detector, sample at which it decided: dictionary; see KEY_ID and those after
//! it.
inline constexpr char EMISSION[] = "rfattn:emission";
//! Whatever makes tokens: uint64, a stream of which no more tokens come on this port.
inline constexpr char END[] = "rfattn:end";
//! power_spectrum, first token of each work call: uint64, ns at which that call began.
inline constexpr char ARRIVAL[] = "rfattn:arrival_ns";
//! emission_extractor, with ARRIVAL, where the burst was reported after the samples of
//! the token had come: uint64, ns of that report.
inline constexpr char FOUND[] = "rfattn:found_ns";
//! power_spectrum, each token that looks at a NaN or infinite sample: true.
inline constexpr char NON_FINITE[] = "rfattn:non_finite";
//! token_buffer (first token of a step), transformer and latency_probe (each item):
//! dictionary.
inline constexpr char STEP[] = "rfattn:step";
//! latency_probe, each item: double, ms from arrival to the end of inference.
inline constexpr char LATENCY[] = "rfattn:latency_ms";
//! latency_probe, each item: double, ms from arrival to the start of inference.
inline constexpr char WAIT[] = "rfattn:wait_ms";
//! latency_probe, each item: double, ms of inference.
inline constexpr char INFERENCE[] = "rfattn:inference_ms";
//! latency_probe, first item of each interval: uint64, bytes of the key and value caches.
inline constexpr char KV_BYTES[] = "rfattn:kv_bytes";
//! latency_probe, first item of each interval: uint64, resident bytes of the process.
inline constexpr char RSS_BYTES[] = "rfattn:rss_bytes";

// Keys of the dictionaries in SEGMENT and STEP; uint64 unless stated.

//! Number of the stream that the tokens belong to.
inline constexpr char KEY_STREAM[] = "stream";
//! Number of the segment within its stream.
inline constexpr char KEY_SEGMENT[] = "segment";
//! Dictionary: how samples became tokens; see KEY_FFT_SIZE and those after it.
inline constexpr char KEY_FRONT_END[] = "front_end";
//! Vector of symbols: names of the values that follow the spectrum in a token, in order;
//! absent: none.
inline constexpr char KEY_FEATURES[] = "features";
inline constexpr char KEY_SAMPLE_START[] = "sample_start";
inline constexpr char KEY_SAMPLE_COUNT[] = "sample_count";
inline constexpr char KEY_SAMPLES_PER_TOKEN[] = "samples_per_token";
inline constexpr char KEY_TOKEN_SAMPLES[] = "token_samples";
inline constexpr char KEY_RETUNES[] = "retunes";
inline constexpr char KEY_OVERFLOWS[] = "overflows";
inline constexpr char KEY_ARRIVAL_NS[] = "arrival_ns";
//! When the burst was reported that the last token of the step belongs to; absent where
//! that token came later.
inline constexpr char KEY_FOUND_NS[] = "found_ns";
inline constexpr char KEY_START_NS[] = "start_ns";
inline constexpr char KEY_END_NS[] = "end_ns";
//! Tokens that entered a token_buffer, all streams together.
inline constexpr char KEY_TOKENS_IN[] = "tokens_in";
//! Tokens that a token_buffer dropped, all streams together.
inline constexpr char KEY_DROPPED_TOKENS[] = "dropped_tokens";
//! Tokens that token_schedulers discarded while their streams rested, all together.
inline constexpr char KEY_RESTED_TOKENS[] = "rested_tokens";
//! Tokens of the step that look at a NaN or infinite sample.
inline constexpr char KEY_NON_FINITE_TOKENS[] = "non_finite_tokens";
//! Whole steps that wait in a token_buffer, all streams together.
inline constexpr char KEY_QUEUED_STEPS[] = "queued_steps";
//! Vector of uint64: streams of which no more steps come.
inline constexpr char KEY_ENDED[] = "ended";
inline constexpr char KEY_BATCH[] = "batch";
//! Bytes of all key and value caches that the transformer holds.
inline constexpr char KEY_KV_BYTES[] = "kv_bytes";
//! Streams for which the transformer holds a cache.
inline constexpr char KEY_STREAMS[] = "streams";
//! Caches that the transformer has evicted since its start.
inline constexpr char KEY_EVICTIONS[] = "evictions";
//! Symbol: attention of the model.
inline constexpr char KEY_ATTENTION[] = "attention";
//! Symbol: norm of the model.
inline constexpr char KEY_NORM[] = "norm";
inline constexpr char KEY_PEAK_TEMPORARY_BYTES[] = "peak_temporary_bytes";
inline constexpr char KEY_DEVICE_BYTES[] = "device_bytes";

// GNU Radio's own keys, as stream tags and inside the dictionaries.

inline constexpr char KEY_RX_TIME[] = "rx_time";
inline constexpr char KEY_RX_RATE[] = "rx_rate";
inline constexpr char KEY_RX_FREQ[] = "rx_freq";

// Keys of the dictionary in FRONT_END: parameters of power_spectrum, and where it is not
// 0 max_snr_db of emission_extractor, a double. Sizes are uint64, names are symbols.

inline constexpr char KEY_FFT_SIZE[] = "fft_size";
inline constexpr char KEY_HOP[] = "hop";
inline constexpr char KEY_N_BINS[] = "n_bins";
inline constexpr char KEY_WINDOW[] = "window";
inline constexpr char KEY_AVERAGING[] = "averaging";
inline constexpr char KEY_SCALE[] = "scale";
inline constexpr char KEY_DC[] = "dc";
inline constexpr char KEY_SIDES[] = "sides";
inline constexpr char KEY_MAX_SNR_DB[] = "max_snr_db";

// Keys of the dictionary in EMISSION, which is also the message of port emissions. It has
// KEY_SAMPLE_START, KEY_SAMPLE_COUNT, KEY_SEGMENT and what is known of KEY_RX_*, too.

//! uint64, from 1 up: number of the emission within a run; the stream of its tokens.
inline constexpr char KEY_ID[] = "id";
//! Symbol: new, update or end.
inline constexpr char KEY_STATE[] = "state";
//! uint64: samples that had arrived when the message was made.
inline constexpr char KEY_SAMPLE_NOW[] = "sample_now";
//! Double, Hz: lower edge; absolute where rx_freq is known, else relative to the centre.
inline constexpr char KEY_FREQ_LOWER[] = "freq_lower";
//! Double, Hz: upper edge.
inline constexpr char KEY_FREQ_UPPER[] = "freq_upper";
//! Double, dB: mean power during the bursts over that of the noise, both between the
//! edges.
inline constexpr char KEY_SNR_DB[] = "snr_db";
//! Double, dBFS: mean power between the edges during the bursts, without the noise.
inline constexpr char KEY_POWER_DB[] = "power_db";
//! Double, 0 to 1: share of the time since its first sample that its bursts take.
inline constexpr char KEY_DUTY[] = "duty";
//! Double, s: median time from burst to burst; absent where it is not known.
inline constexpr char KEY_PERIOD_S[] = "period_s";
//! uint64: bursts that ended so far.
inline constexpr char KEY_BURST_COUNT[] = "burst_count";
//! Vector of uint64: first sample and number of samples of each burst that ended since
//! the last message of this emission.
inline constexpr char KEY_BURSTS[] = "bursts";
//! uint64: first sample of the burst that has not ended; absent between bursts.
inline constexpr char KEY_BURST_START[] = "burst_start";
//! Vector of symbols: edge, dc, image, overload, non-finite, sideband, ignored.
inline constexpr char KEY_FLAGS[] = "flags";
//! uint64: id of the emission that it is a sideband of; only with the flag sideband.
inline constexpr char KEY_SIDEBAND_OF[] = "sideband_of";
//! In SEGMENT, of tokens of an emission: dictionary, that of EMISSION.
inline constexpr char KEY_EMISSION[] = "emission";
//! In messages of the port findings, beside KEY_ID: symbol, the format whose frames were
//! found.
inline constexpr char KEY_FRAMES[] = "frames";
//! In messages of the port frames, beside KEY_ID and KEY_SAMPLE_START: symbol, the format
//! of the frame.
inline constexpr char KEY_FORMAT[] = "format";
//! u8vector: the bits of the frame with its checksum, eight in an octet, the first one
//! highest.
inline constexpr char KEY_BITS[] = "bits";

//! A key and the name of its constant.
struct named_key {
    const char* name;
    const char* key;
};

inline constexpr named_key ALL[] = {
    { "SEGMENT", SEGMENT },
    { "EMISSION", EMISSION },
    { "END", END },
    { "ARRIVAL", ARRIVAL },
    { "FOUND", FOUND },
    { "NON_FINITE", NON_FINITE },
    { "STEP", STEP },
    { "LATENCY", LATENCY },
    { "WAIT", WAIT },
    { "INFERENCE", INFERENCE },
    { "KV_BYTES", KV_BYTES },
    { "RSS_BYTES", RSS_BYTES },
    { "KEY_STREAM", KEY_STREAM },
    { "KEY_SEGMENT", KEY_SEGMENT },
    { "KEY_FRONT_END", KEY_FRONT_END },
    { "KEY_FEATURES", KEY_FEATURES },
    { "KEY_SAMPLE_START", KEY_SAMPLE_START },
    { "KEY_SAMPLE_COUNT", KEY_SAMPLE_COUNT },
    { "KEY_SAMPLES_PER_TOKEN", KEY_SAMPLES_PER_TOKEN },
    { "KEY_TOKEN_SAMPLES", KEY_TOKEN_SAMPLES },
    { "KEY_RETUNES", KEY_RETUNES },
    { "KEY_OVERFLOWS", KEY_OVERFLOWS },
    { "KEY_ARRIVAL_NS", KEY_ARRIVAL_NS },
    { "KEY_FOUND_NS", KEY_FOUND_NS },
    { "KEY_START_NS", KEY_START_NS },
    { "KEY_END_NS", KEY_END_NS },
    { "KEY_TOKENS_IN", KEY_TOKENS_IN },
    { "KEY_DROPPED_TOKENS", KEY_DROPPED_TOKENS },
    { "KEY_RESTED_TOKENS", KEY_RESTED_TOKENS },
    { "KEY_NON_FINITE_TOKENS", KEY_NON_FINITE_TOKENS },
    { "KEY_QUEUED_STEPS", KEY_QUEUED_STEPS },
    { "KEY_ENDED", KEY_ENDED },
    { "KEY_BATCH", KEY_BATCH },
    { "KEY_KV_BYTES", KEY_KV_BYTES },
    { "KEY_STREAMS", KEY_STREAMS },
    { "KEY_EVICTIONS", KEY_EVICTIONS },
    { "KEY_ATTENTION", KEY_ATTENTION },
    { "KEY_NORM", KEY_NORM },
    { "KEY_PEAK_TEMPORARY_BYTES", KEY_PEAK_TEMPORARY_BYTES },
    { "KEY_DEVICE_BYTES", KEY_DEVICE_BYTES },
    { "KEY_RX_TIME", KEY_RX_TIME },
    { "KEY_RX_RATE", KEY_RX_RATE },
    { "KEY_RX_FREQ", KEY_RX_FREQ },
    { "KEY_FFT_SIZE", KEY_FFT_SIZE },
    { "KEY_HOP", KEY_HOP },
    { "KEY_N_BINS", KEY_N_BINS },
    { "KEY_WINDOW", KEY_WINDOW },
    { "KEY_AVERAGING", KEY_AVERAGING },
    { "KEY_SCALE", KEY_SCALE },
    { "KEY_DC", KEY_DC },
    { "KEY_SIDES", KEY_SIDES },
    { "KEY_MAX_SNR_DB", KEY_MAX_SNR_DB },
    { "KEY_ID", KEY_ID },
    { "KEY_STATE", KEY_STATE },
    { "KEY_SAMPLE_NOW", KEY_SAMPLE_NOW },
    { "KEY_FREQ_LOWER", KEY_FREQ_LOWER },
    { "KEY_FREQ_UPPER", KEY_FREQ_UPPER },
    { "KEY_SNR_DB", KEY_SNR_DB },
    { "KEY_POWER_DB", KEY_POWER_DB },
    { "KEY_DUTY", KEY_DUTY },
    { "KEY_PERIOD_S", KEY_PERIOD_S },
    { "KEY_BURST_COUNT", KEY_BURST_COUNT },
    { "KEY_BURSTS", KEY_BURSTS },
    { "KEY_BURST_START", KEY_BURST_START },
    { "KEY_FLAGS", KEY_FLAGS },
    { "KEY_SIDEBAND_OF", KEY_SIDEBAND_OF },
    { "KEY_EMISSION", KEY_EMISSION },
    { "KEY_FRAMES", KEY_FRAMES },
    { "KEY_FORMAT", KEY_FORMAT },
    { "KEY_BITS", KEY_BITS },
};

} // namespace tags
} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TAGS_H
