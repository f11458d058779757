/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "latency_probe_impl.h"
#include "base/process_memory.h"
#include "keys.h"
#include "ports.h"
#include "tag_values.h"

#include <gnuradio/block_detail.h>

#include <algorithm>
#include <cstring>

namespace gr {
namespace rfattn {

namespace {

constexpr double MS_PER_SECOND = 1e3;
constexpr double NS_PER_SECOND = 1e9;

const pmt::pmt_t STATS_PORT = pmt::mp("stats");
const checks CHECK("latency_probe");

// How the numbers that the steps state become one of the statistics.
enum class report_as {
    nothing,        // read only
    latest,         // what the latest step states; absent where it states none
    latest_or_zero, // what a step stated last; 0 where none did
    largest,        // largest of the run; absent where no step states one
};

struct step_entry {
    pmt::pmt_t key;
    report_as how;
};

// One row for each uint64 of a step that is read; statistics have the key of the entry.
const step_entry ENTRIES[] = {
    { pmt::mp(tags::KEY_ARRIVAL_NS), report_as::nothing },
    { pmt::mp(tags::KEY_START_NS), report_as::nothing },
    { pmt::mp(tags::KEY_END_NS), report_as::nothing },
    { pmt::mp(tags::KEY_FOUND_NS), report_as::nothing },
    { pmt::mp(tags::KEY_KV_BYTES), report_as::latest },
    { pmt::mp(tags::KEY_TOKENS_IN), report_as::latest_or_zero },
    { pmt::mp(tags::KEY_DROPPED_TOKENS), report_as::latest_or_zero },
    { keys::RESTED_TOKENS, report_as::latest_or_zero },
    { pmt::mp(tags::KEY_QUEUED_STEPS), report_as::latest_or_zero },
    { pmt::mp(tags::KEY_STREAMS), report_as::latest },
    { pmt::mp(tags::KEY_EVICTIONS), report_as::latest },
    { pmt::mp(tags::KEY_RETUNES), report_as::largest },
    { pmt::mp(tags::KEY_OVERFLOWS), report_as::largest },
    { pmt::mp(tags::KEY_PEAK_TEMPORARY_BYTES), report_as::largest },
    { pmt::mp(tags::KEY_DEVICE_BYTES), report_as::latest },
};
constexpr size_t N_ENTRIES = std::size(ENTRIES);
// Rows that the probe itself needs.
enum { ARRIVAL_NS, START_NS, END_NS, FOUND_NS, KV_BYTES };

pmt::pmt_t to_pmt(double value)
{
    return pmt::from_double(value);
}

pmt::pmt_t to_pmt(uint64_t value)
{
    return pmt::from_uint64(value);
}

pmt::pmt_t to_pmt(const quantiles& values);
pmt::pmt_t to_pmt(const histogram& buckets);

template <class T>
void set(pmt::pmt_t& dict, const char* key, const T& value)
{
    dict = pmt::dict_add(dict, pmt::mp(key), to_pmt(value));
}

pmt::pmt_t to_pmt(const quantiles& values)
{
    pmt::pmt_t dict = pmt::make_dict();
    set(dict, "count", values.count());
    set(dict, "mean", values.mean());
    set(dict, "p50", values.quantile(0.50));
    set(dict, "p95", values.quantile(0.95));
    set(dict, "p99", values.quantile(0.99));
    set(dict, "max", values.max());
    return dict;
}

pmt::pmt_t to_pmt(const histogram& buckets)
{
    const auto& upper = histogram::UPPER_SECONDS;
    const auto counts =
        counts_to_pmt({ buckets.counts().begin(), buckets.counts().end() });
    pmt::pmt_t dict = pmt::make_dict();
    dict = pmt::dict_add(
        dict, pmt::mp("upper_seconds"), pmt::init_f64vector(upper.size(), upper.data()));
    dict = pmt::dict_add(dict, pmt::mp("counts"), counts);
    set(dict, "sum_seconds", buckets.sum());
    return dict;
}

// Reads a step by one walk through its dictionary: looking up each key would be many.
void read_entries(const pmt::pmt_t& dict, std::vector<std::optional<uint64_t>>& values)
{
    const tag_dict step(tags::STEP, dict);
    values.assign(N_ENTRIES, std::nullopt);
    for (pmt::pmt_t rest = dict; pmt::is_pair(rest); rest = pmt::cdr(rest)) {
        const pmt::pmt_t pair = pmt::car(rest), key = pmt::car(pair);
        for (size_t row = 0; row < N_ENTRIES; row++)
            if (key == ENTRIES[row].key && !values[row]) {
                values[row] = as_count(pmt::cdr(pair));
                if (!values[row])
                    step.refuse(ENTRIES[row].key, "a uint64", pmt::cdr(pair));
            }
    }
}

void update(std::optional<uint64_t>& reported,
            const std::optional<uint64_t>& stated,
            report_as how)
{
    if (how == report_as::latest || (how == report_as::latest_or_zero && stated))
        reported = stated;
    else if (how == report_as::largest && stated)
        reported = std::max(*stated, reported.value_or(0));
}

// The time between two stamps, which may be in the wrong order: it must not wrap around.
double seconds_between(uint64_t begin_ns, uint64_t end_ns)
{
    return static_cast<double>(static_cast<int64_t>(end_ns - begin_ns)) / NS_PER_SECOND;
}

} // namespace

latency_probe::sptr latency_probe::make(int n_classes, const settings& s)
{
    return gnuradio::make_block_sptr<latency_probe_impl>(n_classes, s);
}

latency_probe_impl::latency_probe_impl(int n_classes, const settings& s)
    : gr::sync_block(
          "latency_probe",
          float_ports(CHECK, "n_classes", n_classes),
          gr::io_signature::make(
              0, 1, float_ports(CHECK, "n_classes", n_classes)->sizeof_stream_item(0))),
      d_item_bytes(n_classes * sizeof(float)),
      d_interval(CHECK.positive("interval_ms", s.interval_ms) / MS_PER_SECOND),
      d_budget_seconds(CHECK.positive("budget_ms", s.budget_ms) / MS_PER_SECOND),
      d_reported(N_ENTRIES)
{
    set_tag_propagation_policy(TPP_ONE_TO_ONE);
    message_port_register_out(STATS_PORT);
    read_resident_memory(); // refuses here, not in work(), where /proc is missing
    for (size_t row = 0; row < N_ENTRIES; row++)
        if (ENTRIES[row].how == report_as::latest_or_zero)
            d_reported[row] = 0;
}

bool latency_probe_impl::start()
{
    gr::thread::scoped_lock guard(d_setlock);
    d_running = true;
    d_error.clear();
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
    if (!output_items.empty())
        std::memcpy(output_items[0], input_items[0], noutput_items * d_item_bytes);
    return d_error.guard([&] {
        count_steps(noutput_items);
        return noutput_items;
    });
}

bool latency_probe_impl::has_output() const
{
    return detail()->noutputs() > 0;
}

void latency_probe_impl::count_steps(int noutput_items)
{
    get_tags_in_window(d_tags, 0, 0, noutput_items, keys::STEP_TAG);
    for (const tag_t& step : d_tags)
        if (count_step(step) && d_inference.interval.count() == 1 && has_output())
            tag_memory(step.offset);

    const auto now = clock::now();
    if (d_inference.interval.count() > 0 && now - d_interval_start >= d_interval) {
        message_port_pub(STATS_PORT, report(&timing::interval));
        for (timing* one : { &d_latency, &d_wait, &d_inference, &d_found_late })
            one->interval.clear();
        d_interval_start = now;
    }
}

bool latency_probe_impl::count_step(const tag_t& step)
{
    read_entries(step.value, d_stated);
    if (!d_stated[ARRIVAL_NS] || !d_stated[START_NS] || !d_stated[END_NS])
        return false;
    const double wait = seconds_between(*d_stated[ARRIVAL_NS], *d_stated[START_NS]);
    const double inference = seconds_between(*d_stated[START_NS], *d_stated[END_NS]);
    const double latency = wait + inference;
    d_inference.add(inference);
    if (d_stated[FOUND_NS]) {
        d_found_late.add(latency);
    } else {
        d_latency.add(latency);
        d_wait.add(wait);
        d_deadline_misses += latency > d_budget_seconds;
    }
    for (size_t row = 0; row < N_ENTRIES; row++)
        update(d_reported[row], d_stated[row], ENTRIES[row].how);

    if (has_output()) {
        tag_ms(step.offset, tags::LATENCY, latency);
        tag_ms(step.offset, tags::WAIT, wait);
        tag_ms(step.offset, tags::INFERENCE, inference);
    }
    return true;
}

void latency_probe_impl::tag_ms(uint64_t offset, const char* key, double value_seconds)
{
    add_item_tag(0, offset, pmt::mp(key), to_pmt(value_seconds * MS_PER_SECOND));
}

void latency_probe_impl::tag_memory(uint64_t offset)
{
    if (d_reported[KV_BYTES])
        add_item_tag(0, offset, pmt::mp(tags::KV_BYTES), to_pmt(*d_reported[KV_BYTES]));
    add_item_tag(0, offset, pmt::mp(tags::RSS_BYTES), to_pmt(read_resident_memory().now));
}

double latency_probe_impl::uptime_seconds() const
{
    seconds uptime = d_uptime_before;
    if (d_running)
        uptime += clock::now() - d_started;
    return uptime.count();
}

pmt::pmt_t latency_probe_impl::stats()
{
    gr::thread::scoped_lock guard(d_setlock);
    return report(&timing::run);
}

pmt::pmt_t latency_probe_impl::report(quantiles timing::* span) const
{
    const resident_memory memory = read_resident_memory();
    pmt::pmt_t dict = pmt::make_dict();
    set(dict, "steps", d_inference.run.count());
    set(dict, "interval_steps", (d_inference.*span).count());
    set(dict, "latency_seconds", d_latency.*span);
    set(dict, "wait_seconds", d_wait.*span);
    set(dict, "inference_seconds", d_inference.*span);
    set(dict, "found_late_seconds", d_found_late.*span);
    set(dict, "found_late_steps", d_found_late.run.count());
    set(dict, "latency_histogram", d_latency.buckets);
    set(dict, "wait_histogram", d_wait.buckets);
    set(dict, "inference_histogram", d_inference.buckets);
    set(dict, "budget_seconds", d_budget_seconds);
    set(dict, "deadline_misses", d_deadline_misses);
    for (size_t row = 0; row < N_ENTRIES; row++)
        if (d_reported[row])
            dict =
                pmt::dict_add(dict, ENTRIES[row].key, pmt::from_uint64(*d_reported[row]));
    set(dict, "rss_bytes", memory.now);
    set(dict, "peak_rss_bytes", memory.peak);
    set(dict, "uptime_seconds", uptime_seconds());
    return dict;
}

void latency_probe_impl::timing::add(double duration_seconds)
{
    interval.add(duration_seconds);
    run.add(duration_seconds);
    buckets.add(duration_seconds);
}

} // namespace rfattn
} // namespace gr
