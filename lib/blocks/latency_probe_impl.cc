/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "latency_probe_impl.h"
#include "kernels/process_memory.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gnuradio/io_signature.h>
#include <gnuradio/rfattn/tags.h>
#include <sstream>
#include <stdexcept>

namespace gr {
namespace rfattn {
namespace {

constexpr double MS_PER_SECOND = 1e3;
constexpr double NS_PER_SECOND = 1e9;

const pmt::pmt_t STATS_PORT = pmt::mp("stats");
const pmt::pmt_t STEP = pmt::mp(tags::STEP);
const pmt::pmt_t LATENCY = pmt::mp(tags::LATENCY);
const pmt::pmt_t WAIT = pmt::mp(tags::WAIT);
const pmt::pmt_t INFERENCE = pmt::mp(tags::INFERENCE);
const pmt::pmt_t KV_BYTES = pmt::mp(tags::KV_BYTES);
const pmt::pmt_t RSS_BYTES = pmt::mp(tags::RSS_BYTES);

const pmt::pmt_t ARRIVAL_NS = pmt::mp(tags::KEY_ARRIVAL_NS);
const pmt::pmt_t START_NS = pmt::mp(tags::KEY_START_NS);
const pmt::pmt_t END_NS = pmt::mp(tags::KEY_END_NS);
const pmt::pmt_t DROPPED_TOKENS = pmt::mp(tags::KEY_DROPPED_TOKENS);
const pmt::pmt_t QUEUED_STEPS = pmt::mp(tags::KEY_QUEUED_STEPS);
const pmt::pmt_t RETUNES = pmt::mp(tags::KEY_RETUNES);
const pmt::pmt_t OVERFLOWS = pmt::mp(tags::KEY_OVERFLOWS);
const pmt::pmt_t STEP_KV_BYTES = pmt::mp(tags::KEY_KV_BYTES);
const pmt::pmt_t PEAK_TEMPORARY_BYTES = pmt::mp(tags::KEY_PEAK_TEMPORARY_BYTES);
const pmt::pmt_t DEVICE_BYTES = pmt::mp(tags::KEY_DEVICE_BYTES);

void require(bool holds, const char* rule, double value)
{
    if (!holds) {
        std::ostringstream message;
        message << "latency_probe: " << rule << ", got " << value;
        throw std::invalid_argument(message.str());
    }
}

void set(pmt::pmt_t& dict, const char* key, double value)
{
    dict = pmt::dict_add(dict, pmt::mp(key), pmt::from_double(value));
}

void set(pmt::pmt_t& dict, const char* key, uint64_t value)
{
    dict = pmt::dict_add(dict, pmt::mp(key), pmt::from_uint64(value));
}

void set(pmt::pmt_t& dict, const char* key, const std::optional<uint64_t>& value)
{
    if (value) {
        set(dict, key, *value);
    }
}

void set(pmt::pmt_t& dict, const char* key, const quantiles& values)
{
    pmt::pmt_t inner = pmt::make_dict();
    set(inner, "count", values.count());
    set(inner, "mean", values.mean());
    set(inner, "p50", values.quantile(0.50));
    set(inner, "p95", values.quantile(0.95));
    set(inner, "p99", values.quantile(0.99));
    set(inner, "max", values.max());
    dict = pmt::dict_add(dict, pmt::mp(key), inner);
}

void set(pmt::pmt_t& dict, const char* key, const histogram& buckets)
{
    pmt::pmt_t inner = pmt::make_dict();
    const auto& upper = histogram::UPPER_SECONDS;
    inner = pmt::dict_add(
        inner, pmt::mp("upper_seconds"), pmt::init_f64vector(upper.size(), upper.data()));
    // Not init_u64vector, which pmt.to_python does not know.
    pmt::pmt_t counts = pmt::make_vector(buckets.counts().size(), pmt::PMT_NIL);
    for (size_t i = 0; i < buckets.counts().size(); i++) {
        pmt::vector_set(counts, i, pmt::from_uint64(buckets.counts()[i]));
    }
    inner = pmt::dict_add(inner, pmt::mp("counts"), counts);
    set(inner, "sum_seconds", buckets.sum());
    dict = pmt::dict_add(dict, pmt::mp(key), inner);
}

void at_least(std::optional<uint64_t>& value, const std::optional<uint64_t>& other)
{
    if (other) {
        value = std::max(*other, value.value_or(0));
    }
}

} // namespace

//! What the dictionary of a step says; nothing where it says nothing.
struct latency_probe_impl::step_entries {
    using entry = std::optional<uint64_t>;

    entry arrival_ns, start_ns, end_ns;
    entry dropped_tokens, queued_steps, retunes, overflows;
    entry kv_bytes, peak_temporary_bytes, device_bytes;

    //! One walk through the dictionary: looking up each key would be ten.
    explicit step_entries(const pmt::pmt_t& dict)
    {
        for (pmt::pmt_t rest = dict; pmt::is_pair(rest); rest = pmt::cdr(rest)) {
            const pmt::pmt_t pair = pmt::car(rest);
            entry* const place = place_of(pmt::car(pair));
            if (place && !*place) {
                *place = pmt::to_uint64(pmt::cdr(pair));
            }
        }
    }

    entry* place_of(const pmt::pmt_t& key)
    {
        // Symbols are interned: equal ones are one object.
        const std::pair<const pmt::pmt_t&, entry&> places[] = {
            { ARRIVAL_NS, arrival_ns },
            { START_NS, start_ns },
            { END_NS, end_ns },
            { DROPPED_TOKENS, dropped_tokens },
            { QUEUED_STEPS, queued_steps },
            { RETUNES, retunes },
            { OVERFLOWS, overflows },
            { STEP_KV_BYTES, kv_bytes },
            { PEAK_TEMPORARY_BYTES, peak_temporary_bytes },
            { DEVICE_BYTES, device_bytes },
        };
        for (const auto& place : places) {
            if (place.first == key) {
                return &place.second;
            }
        }
        return nullptr;
    }
};

latency_probe::sptr
latency_probe::make(int n_classes, double interval_ms, double budget_ms, int channels)
{
    require(n_classes >= 1, "n_classes must be >= 1", n_classes);
    require(std::isfinite(interval_ms) && interval_ms > 0.0,
            "interval_ms must be > 0 and finite",
            interval_ms);
    require(std::isfinite(budget_ms) && budget_ms > 0.0,
            "budget_ms must be > 0 and finite",
            budget_ms);
    require(channels >= 1, "channels must be >= 1", channels);
    return gnuradio::make_block_sptr<latency_probe_impl>(
        n_classes, interval_ms, budget_ms, channels);
}

latency_probe_impl::latency_probe_impl(int n_classes,
                                       double interval_ms,
                                       double budget_ms,
                                       int channels)
    : gr::sync_block(
          "latency_probe",
          gr::io_signature::make(channels, channels, n_classes * sizeof(float)),
          gr::io_signature::make(channels, channels, n_classes * sizeof(float))),
      d_item_bytes(n_classes * sizeof(float)),
      d_interval(interval_ms / MS_PER_SECOND),
      d_budget_seconds(budget_ms / MS_PER_SECOND),
      d_channels(channels)
{
    set_tag_propagation_policy(TPP_ONE_TO_ONE);
    message_port_register_out(STATS_PORT);
    read_resident_memory(); // refuses here, not in work(), where /proc is missing
}

bool latency_probe_impl::start()
{
    gr::thread::scoped_lock guard(d_setlock);
    d_running = true;
    d_started = clock::now();
    d_interval_start = d_started;
    return true;
}

bool latency_probe_impl::stop()
{
    gr::thread::scoped_lock guard(d_setlock);
    if (d_running) {
        d_uptime_before += clock::now() - d_started;
        d_running = false;
    }
    return true;
}

int latency_probe_impl::work(int noutput_items,
                             gr_vector_const_void_star& input_items,
                             gr_vector_void_star& output_items)
{
    gr::thread::scoped_lock guard(d_setlock);
    for (size_t channel = 0; channel < input_items.size(); channel++) {
        std::memcpy(
            output_items[channel], input_items[channel], noutput_items * d_item_bytes);
        get_tags_in_window(d_tags, channel, 0, noutput_items, STEP);
        for (const tag_t& step : d_tags) {
            if (count_step(channel, step) && d_of_interval.latency.count() == 1) {
                tag_memory(channel, step.offset);
            }
        }
    }

    const auto now = clock::now();
    if (d_of_interval.latency.count() > 0 && now - d_interval_start >= d_interval) {
        message_port_pub(STATS_PORT, report(d_of_interval));
        d_of_interval.clear();
        d_interval_start = now;
    }
    return noutput_items;
}

bool latency_probe_impl::count_step(int channel, const tag_t& step)
{
    const step_entries found(step.value);
    if (!found.arrival_ns || !found.start_ns || !found.end_ns) {
        return false;
    }
    // Differences as signed numbers: a stamp of the future must not wrap around.
    const double wait =
        static_cast<int64_t>(*found.start_ns - *found.arrival_ns) / NS_PER_SECOND;
    const double inference =
        static_cast<int64_t>(*found.end_ns - *found.start_ns) / NS_PER_SECOND;
    d_of_interval.add(wait, inference);
    d_of_run.add(wait, inference);
    d_buckets.add(wait, inference);
    d_deadline_misses += wait + inference > d_budget_seconds;
    read_counters(channel, found);

    tag_ms(channel, step.offset, LATENCY, wait + inference);
    tag_ms(channel, step.offset, WAIT, wait);
    tag_ms(channel, step.offset, INFERENCE, inference);
    return true;
}

void latency_probe_impl::read_counters(int channel, const step_entries& found)
{
    channel_counters& own = d_channels[channel];
    own.dropped_tokens = found.dropped_tokens.value_or(own.dropped_tokens);
    own.queued_steps = found.queued_steps.value_or(own.queued_steps);
    own.retunes = found.retunes;
    own.overflows = found.overflows;
    d_kv_bytes = found.kv_bytes;
    d_device_bytes = found.device_bytes;
    at_least(d_peak_temporary_bytes, found.peak_temporary_bytes);
}

// What each channel dropped and has waiting, together. Gaps are those of the receiver
// that the channels have in common, not one for each.
latency_probe_impl::channel_counters latency_probe_impl::counters() const
{
    channel_counters all;
    for (const channel_counters& own : d_channels) {
        all.dropped_tokens += own.dropped_tokens;
        all.queued_steps += own.queued_steps;
        at_least(all.retunes, own.retunes);
        at_least(all.overflows, own.overflows);
    }
    return all;
}

void latency_probe_impl::tag_ms(int channel,
                                uint64_t offset,
                                const pmt::pmt_t& key,
                                double value_seconds)
{
    add_item_tag(channel, offset, key, pmt::from_double(value_seconds * MS_PER_SECOND));
}

void latency_probe_impl::tag_memory(int channel, uint64_t offset)
{
    if (d_kv_bytes) {
        add_item_tag(channel, offset, KV_BYTES, pmt::from_uint64(*d_kv_bytes));
    }
    const uint64_t resident = read_resident_memory().now;
    add_item_tag(channel, offset, RSS_BYTES, pmt::from_uint64(resident));
}

double latency_probe_impl::uptime_seconds() const
{
    seconds uptime = d_uptime_before;
    if (d_running) {
        uptime += clock::now() - d_started;
    }
    return uptime.count();
}

pmt::pmt_t latency_probe_impl::stats()
{
    gr::thread::scoped_lock guard(d_setlock);
    return report(d_of_run);
}

pmt::pmt_t latency_probe_impl::report(const distributions& span) const
{
    const resident_memory memory = read_resident_memory();
    const channel_counters all = counters();
    pmt::pmt_t dict = pmt::make_dict();
    set(dict, "steps", d_of_run.latency.count());
    set(dict, "interval_steps", span.latency.count());
    set(dict, "latency_seconds", span.latency);
    set(dict, "wait_seconds", span.wait);
    set(dict, "inference_seconds", span.inference);
    set(dict, "latency_histogram", d_buckets.latency);
    set(dict, "wait_histogram", d_buckets.wait);
    set(dict, "inference_histogram", d_buckets.inference);
    set(dict, "budget_seconds", d_budget_seconds);
    set(dict, "deadline_misses", d_deadline_misses);
    set(dict, "dropped_tokens", all.dropped_tokens);
    set(dict, "queued_steps", all.queued_steps);
    set(dict, "retunes", all.retunes);
    set(dict, "overflows", all.overflows);
    set(dict, "kv_bytes", d_kv_bytes);
    set(dict, "peak_temporary_bytes", d_peak_temporary_bytes);
    set(dict, "rss_bytes", memory.now);
    set(dict, "peak_rss_bytes", memory.peak);
    set(dict, "device_bytes", d_device_bytes);
    set(dict, "uptime_seconds", uptime_seconds());
    return dict;
}

void latency_probe_impl::distributions::add(double wait_seconds, double inference_seconds)
{
    latency.add(wait_seconds + inference_seconds);
    wait.add(wait_seconds);
    inference.add(inference_seconds);
}

void latency_probe_impl::distributions::clear()
{
    latency.clear();
    wait.clear();
    inference.clear();
}

void latency_probe_impl::histograms::add(double wait_seconds, double inference_seconds)
{
    latency.add(wait_seconds + inference_seconds);
    wait.add(wait_seconds);
    inference.add(inference_seconds);
}

} /* namespace rfattn */
} /* namespace gr */
