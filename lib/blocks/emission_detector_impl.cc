/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_detector_impl.h"
#include "checks.h"
#include "emission_pmt.h"
#include "keys.h"
#include "ports.h"
#include "segment_pmt.h"

#include <gnuradio/block_detail.h>
#include <gnuradio/buffer_reader.h>
#include <gnuradio/io_signature.h>

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double UPDATE_S = 0.25; // least time between messages of an emission
constexpr double JOIN_S = 0.004;  // non-finite samples closer than that are one stretch
constexpr double LONGEST_S = 1.0; // that a buffer of a driver or of rtl_tcp lasts
constexpr double FORGET_S = 60.0; // those that end before are in no report to come

const checks CHECK("emission_detector");
const pmt::pmt_t EMISSIONS = pmt::mp("emissions");

detector::settings checked(double rate, const emission_detector::settings& s)
{
    CHECK.require(rate >= 6e3 && rate <= 1e8, "sample_rate", "from 6e3 to 1e8 Hz", rate);
    CHECK.require(s.sensitivity >= 1e-6 && s.sensitivity <= 10.0,
                  "sensitivity",
                  "from 1e-6 to 10 per second and MHz",
                  s.sensitivity);
    CHECK.one_of({ "two", "one" }, "sides", s.sides);
    return { rate, s.sensitivity, s.sides == "one" };
}

const auto& checked(const std::vector<std::pair<double, double>>& bands)
{
    for (const auto& [low, high] : bands) {
        CHECK.finite("ignored_bands", low);
        CHECK.finite("ignored_bands", high);
        CHECK.require(low < high,
                      "ignored_bands",
                      "pairs of a lower and a higher edge",
                      std::to_string(low) + " and " + std::to_string(high));
    }
    return bands;
}

} // namespace

emission_detector::sptr emission_detector::make(double sample_rate, const settings& s)
{
    return gnuradio::make_block_sptr<emission_detector_impl>(sample_rate, s);
}

emission_detector_impl::emission_detector_impl(double sample_rate, const settings& s)
    : gr::sync_block("emission_detector",
                     gr::io_signature::make(1, 1, sizeof(gr_complex)),
                     gr::io_signature::make(0, 1, sizeof(gr_complex))),
      d_rate(sample_rate),
      d_detector(checked(sample_rate, s)),
      d_ignored(checked(s.ignored_bands)),
      d_check(static_cast<uint64_t>(JOIN_S * sample_rate)),
      d_repeated(static_cast<uint64_t>(LONGEST_S * sample_rate))
{
    message_port_register_out(EMISSIONS);
}

bool emission_detector_impl::start()
{
    d_detector.made().reset();
    d_segment = segment();
    d_begun = false;
    d_unsent.clear();
    d_found = d_live = d_absent = 0;
    d_check.restart();
    d_repeated.restart();
    d_error.clear();
    return gr::sync_block::start();
}

bool emission_detector_impl::stop()
{
    d_error.guard([this] {
        finish(); // where the flowgraph was stopped before the input ended
        return 0;
    });
    return gr::sync_block::stop();
}

void emission_detector_impl::finish()
{
    if (d_begun)
        report(d_detector.finish(), false);
    d_begun = false;
}

bool emission_detector_impl::input_is_done() const
{
    const auto input = detail()->input(0);
    gr::thread::scoped_lock guard(*input->mutex());
    return input->done();
}

// A sample is left at the input until it has ended. So there is a work call that can see
// the end and send the last messages: of what is sent in stop(), blocks with message
// ports alone get nothing, since they end with this one.
void emission_detector_impl::forecast(int noutput_items,
                                      gr_vector_int& ninput_items_required)
{
    ninput_items_required[0] = noutput_items + !input_is_done();
}

int emission_detector_impl::fixed_rate_ninput_to_noutput(int ninput_items)
{
    return std::max(0, ninput_items - !input_is_done());
}

int emission_detector_impl::work(int noutput_items,
                                 gr_vector_const_void_star& input_items,
                                 gr_vector_void_star& output_items)
{
    const auto* in = static_cast<const gr_complex*>(input_items[0]);
    const uint64_t begin = nitems_read(0), end = begin + noutput_items;
    return d_error.guard([&] {
        d_repeated.add(in, noutput_items);
        const auto* finite = finite_samples(in, begin, noutput_items);
        detect(finite, begin, end);
        if (input_ends_after(*this, noutput_items))
            finish();
        if (!output_items.empty())
            std::copy_n(finite, noutput_items, static_cast<gr_complex*>(output_items[0]));
        return noutput_items;
    });
}

// One that is not finite would hide all that its frames hold, and the noise floor of
// seconds.
const gr_complex* emission_detector_impl::finite_samples(const gr_complex* samples,
                                                         uint64_t begin,
                                                         int count)
{
    d_check.forget(begin - std::min(begin, static_cast<uint64_t>(FORGET_S * d_rate)));
    if (!d_check.add(samples, count, begin))
        return samples;
    d_finite.resize(std::max<size_t>(d_finite.size(), count));
    sample_check::copy_finite(samples, count, d_finite.data());
    return d_finite.data();
}

void emission_detector_impl::detect(const gr_complex* samples,
                                    uint64_t begin,
                                    uint64_t end)
{
    get_tags_in_range(d_gaps.found, 0, begin, end);
    d_gaps.begin();
    if (!d_begun)
        begin_segment(begin);
    uint64_t at = begin;
    for (;;) {
        const uint64_t gap = d_gaps.after(d_segment.sample_start, end);
        report(d_detector.add(samples + (at - begin), gap - at), true);
        d_absent = d_absent_before + d_detector.samples_absent();
        if (gap == end)
            return;
        at = gap;
        begin_segment(at);
    }
}

void emission_detector_impl::begin_segment(uint64_t sample)
{
    segment next;
    next.sample_start = sample;
    if (d_begun) {
        report(d_detector.finish(), true);
        next.number = d_segment.number + 1;
        next.rx = d_segment.rx_at(sample);
    }
    d_gaps.update_at(next.rx, sample, d_logger);
    require_rate(CHECK, next.rx, d_rate);
    next.rx.rate = next.rx.rate.value_or(d_rate);
    d_segment = next;
    d_begun = true;
    d_absent_before = d_absent;
    d_detector.restart(next.number, sample);
}

void emission_detector_impl::report(const std::vector<emission>& reports, bool as_tags)
{
    for (emission e : reports) {
        e.flags |= non_finite_flag(e) | ignored_flag(e);
        if (e.what == emission::state::NEW) {
            d_found++;
            d_live++;
        } else if (e.what == emission::state::END) {
            d_live--;
        }
        if (as_tags && detail()->noutputs() > 0)
            add_item_tag(0,
                         e.sample_now,
                         keys::EMISSION_TAG,
                         to_pmt(e, d_segment.rx_at(e.sample_start)),
                         alias_pmt());
        send(e);
    }
}

// Once set, it stays.
unsigned emission_detector_impl::non_finite_flag(const emission& e)
{
    bool& non_finite = d_unsent[e.id].non_finite;
    non_finite |= d_check.touches(e.sample_start, e.sample_start + e.sample_count);
    return non_finite ? emission::NON_FINITE : 0u;
}

// Each report sets it anew, as the edges are then.
unsigned emission_detector_impl::ignored_flag(const emission& e) const
{
    const double centre = d_segment.rx_at(e.sample_start).frequency.value_or(0.0);
    return d_ignored.have_most_of(centre + e.freq_lower, centre + e.freq_upper)
               ? emission::IGNORED
               : 0u;
}

void emission_detector_impl::send(emission e)
{
    auto& u = d_unsent[e.id];
    u.bursts.insert(u.bursts.end(), e.bursts.begin(), e.bursts.end());
    const bool is_due =
        e.what != emission::state::UPDATE ||
        static_cast<double>(e.sample_now - u.sent_at) >= UPDATE_S * d_rate;
    if (!is_due)
        return;
    e.bursts.swap(u.bursts);
    u.bursts.clear();
    u.sent_at = e.sample_now;
    message_port_pub(EMISSIONS, to_pmt(e, d_segment.rx_at(e.sample_start)));
    if (e.what == emission::state::END)
        d_unsent.erase(e.id);
}

} // namespace rfattn
} // namespace gr
