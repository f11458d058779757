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
 */
namespace tags {

// Stream tag keys.

//! power_spectrum, first token of each segment: dictionary.
inline constexpr char SEGMENT[] = "rfattn:segment";
//! power_spectrum, first token of each work call: uint64, ns at which that call began.
inline constexpr char ARRIVAL[] = "rfattn:arrival_ns";
//! token_buffer (first token of a step), transformer and latency_probe (each item):
//! dictionary.
inline constexpr char STEP[] = "rfattn:step";
//! latency_probe, each item: double, ms from arrival to the end of inference.
inline constexpr char LATENCY[] = "rfattn:latency_ms";
//! latency_probe, each item: double, ms from arrival to the start of inference.
inline constexpr char WAIT[] = "rfattn:wait_ms";
//! latency_probe, each item: double, ms of inference.
inline constexpr char INFERENCE[] = "rfattn:inference_ms";
//! latency_probe, first item of each interval: uint64, bytes of the key and value cache.
inline constexpr char KV_BYTES[] = "rfattn:kv_bytes";
//! latency_probe, first item of each interval: uint64, resident bytes of the process.
inline constexpr char RSS_BYTES[] = "rfattn:rss_bytes";

// Keys of the dictionaries in SEGMENT and STEP.

inline constexpr char KEY_SEGMENT[] = "segment";
inline constexpr char KEY_SAMPLE_START[] = "sample_start";
inline constexpr char KEY_SAMPLE_COUNT[] = "sample_count";
inline constexpr char KEY_SAMPLES_PER_TOKEN[] = "samples_per_token";
inline constexpr char KEY_TOKEN_SAMPLES[] = "token_samples";
inline constexpr char KEY_RETUNES[] = "retunes";
inline constexpr char KEY_OVERFLOWS[] = "overflows";
inline constexpr char KEY_ARRIVAL_NS[] = "arrival_ns";
inline constexpr char KEY_START_NS[] = "start_ns";
inline constexpr char KEY_END_NS[] = "end_ns";
inline constexpr char KEY_DROPPED_TOKENS[] = "dropped_tokens";
inline constexpr char KEY_QUEUED_STEPS[] = "queued_steps";
inline constexpr char KEY_KV_BYTES[] = "kv_bytes";
inline constexpr char KEY_PEAK_TEMPORARY_BYTES[] = "peak_temporary_bytes";
inline constexpr char KEY_DEVICE_BYTES[] = "device_bytes";

// GNU Radio's own keys, as stream tags and inside the dictionaries.

inline constexpr char KEY_RX_TIME[] = "rx_time";
inline constexpr char KEY_RX_RATE[] = "rx_rate";
inline constexpr char KEY_RX_FREQ[] = "rx_freq";

} /* namespace tags */
} /* namespace rfattn */
} /* namespace gr */

#endif /* INCLUDED_RFATTN_TAGS_H */
