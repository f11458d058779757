/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_extractor_impl.h"
#include "base/steady_clock.h"
#include "front_end_pmt.h"
#include "gap_tags.h"
#include "keys.h"
#include "ports.h"
#include "segment_pmt.h"
#include "words/sync_words.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr int INPUT_SAMPLES = 65536; // input buffer, samples; see power_spectrum_impl.cc
constexpr int OUTPUT_VALUES = 131072;
constexpr double RELEASE_S = 0.01; // the tokens of one stream that leave together
// Blocks that are cut for the streams that are behind, for each that is due: a stream
// that looks back 50 ms is there after 7 ms.
constexpr int CATCH_UP = 8;
constexpr uint64_t MOST_FRAMES = 1000; // most frames in a second of the input

const checks CHECK("emission_extractor");
const pmt::pmt_t SAMPLES_PORT = pmt::mp("samples");
const pmt::pmt_t FINDINGS_PORT = pmt::mp("findings");
const pmt::pmt_t FRAMES_PORT = pmt::mp("frames");
const pmt::pmt_t HEARD_PORT = pmt::mp("heard");
const pmt::pmt_t LISTEN_PORT = pmt::mp("listen");

double checked_rate(double sample_rate)
{
    CHECK.positive("sample_rate", sample_rate);
    return CHECK.require(sample_rate <= 1e9, "sample_rate", "<= 1e9 Hz", sample_rate);
}

uint64_t samples_of(const char* name,
                    double seconds,
                    double sample_rate,
                    double most = 10.0,
                    const char* rule = "from 0 to 10")
{
    CHECK.require(seconds >= 0.0 && seconds <= most, name, rule, seconds);
    return static_cast<uint64_t>(std::llround(seconds * sample_rate));
}

// Blocks begin at multiples of the unit, so most are in one piece, and aligned.
uint64_t whole_units(uint64_t samples, uint64_t unit)
{
    return (samples + unit - 1) / unit * unit;
}

uint64_t samples_in(const std::vector<burst>& bursts)
{
    uint64_t count = 0;
    for (const auto& b : bursts)
        count += b.sample_count;
    return count;
}

// In a token; settings that are wrong are refused later.
int values_of(const emission_extractor::settings& s)
{
    return std::max(1, s.n_bins) + static_cast<int>(s.features.size());
}

spectrum::settings spectrum_settings(const emission_extractor::settings& s)
{
    return { s.fft_size, s.n_bins, s.window, s.averaging, s.scale, s.dc, "two" };
}

token_settings checked(const emission_extractor::settings& s)
{
    CHECK.require(s.max_snr_db >= 0.0 && s.max_snr_db <= 200.0,
                  "max_snr_db",
                  "from 0 to 200",
                  s.max_snr_db);
    CHECK.at_least(1, "hop", s.hop);
    if ((s.frame_sync || s.contents) && sync_formats().empty())
        throw std::invalid_argument(
            "emission_extractor: frame_sync and contents need the "
            "formats of frames: call frame_formats::set() before");
    return { s,
             front_end_to_pmt(spectrum_settings(s), s.hop, s.max_snr_db),
             feature_list(s.features) };
}

} // namespace

emission_extractor::sptr emission_extractor::make(double sample_rate, const settings& s)
{
    return gnuradio::make_block_sptr<emission_extractor_impl>(sample_rate, s);
}

emission_extractor_impl::emission_extractor_impl(double sample_rate, const settings& s)
    : gr::block("emission_extractor",
                gr::io_signature::make(1, 1, sizeof(gr_complex)),
                gr::io_signature::make(1, 1, sizeof(float) * values_of(s))),
      d_sample_rate(checked_rate(sample_rate)),
      d_settings(checked(s)),
      d_max_emissions(CHECK.at_least(1, "max_emissions", s.max_emissions)),
      d_size(filter_bank::size_for(sample_rate)),
      d_hop(d_size / 4 * 3),
      d_margin(d_size / 8),
      d_margin_min(samples_of("margin_s", s.margin_s, sample_rate)),
      d_margin_max(
          std::max(samples_of("lookback_s", s.lookback_s, sample_rate), d_margin)),
      d_delay(std::max(samples_of("delay_s",
                                  s.delay_s,
                                  sample_rate,
                                  s.lookback_s,
                                  "from 0 to lookback_s"),
                       d_margin) +
              d_margin_min),
      d_release_blocks(std::max<long>(
          1, std::lround(RELEASE_S * sample_rate / static_cast<double>(d_hop)))),
      d_behind((d_margin_max + d_margin_min - d_delay) / d_hop),
      d_banks(sample_rate, d_behind > 0 ? d_behind + 1 : 0),
      d_spectrum(spectrum_settings(s), "emission_extractor"),
      d_samples(d_size),
      d_ring(
          whole_units(2 * d_hop + d_margin_max + d_margin_min + INPUT_SAMPLES, d_margin))
{
    set_tag_propagation_policy(TPP_DONT);
    // Only the size of the input buffer follows from this.
    set_relative_rate(1, INPUT_SAMPLES / 2);
    const int values = values_of(s);
    set_output_buffer(
        *this, std::max(OUTPUT_VALUES / values, items_in_page(values)), values);
    message_port_register_out(SAMPLES_PORT);
    message_port_register_out(FINDINGS_PORT);
    message_port_register_out(FRAMES_PORT);
    message_port_register_out(HEARD_PORT);
    message_port_register_in(LISTEN_PORT);
    // GNU Radio calls it between two calls of general_work().
    set_msg_handler(LISTEN_PORT,
                    [this](const pmt::pmt_t& message) { listen_to(message); });
}

bool emission_extractor_impl::start()
{
    d_emissions_cut = d_emissions_dropped = d_samples_missed = d_tokens_out = 0;
    d_frames_dropped = d_listens_refused = d_second = d_frames_sent = 0;
    d_begun = d_input_ended = false;
    d_tags.clear();
    d_arrivals.restart();
    d_banks.first().restart();
    d_live.clear();
    d_heard.clear();
    d_stretch.reset();
    d_queue = token_queue();
    d_error.clear();
    return gr::block::start();
}

// Without input, when tokens wait, or when the input has ended: then the block still has
// the samples of lookback_s.
void emission_extractor_impl::forecast(int, gr_vector_int& ninput_items_required)
{
    ninput_items_required[0] = !d_queue.is_empty() || detail()->input(0)->done() ? 0 : 1;
}

int emission_extractor_impl::general_work(int noutput_items,
                                          gr_vector_int& ninput_items,
                                          gr_vector_const_void_star& input_items,
                                          gr_vector_void_star& output_items)
{
    return d_error.guard([&] {
        return run(noutput_items,
                   ninput_items[0],
                   static_cast<const gr_complex*>(input_items[0]),
                   static_cast<float*>(output_items[0]));
    });
}

int emission_extractor_impl::run(int noutput_items,
                                 int available,
                                 const gr_complex* in,
                                 float* out)
{
    const bool ends = input_ends_after(*this, available);
    const uint64_t end = nitems_read(0) + available;
    take_input(in, available);
    d_input_ended = ends && d_ring.end() == end;
    int written = 0;
    for (;;) {
        written +=
            write_tokens(out + written * d_settings.values(), noutput_items - written);
        if (!d_queue.is_empty())
            return written;
        if (!cut_due_block())
            return written == 0 && d_input_ended ? WORK_DONE : written;
    }
}

void emission_extractor_impl::take_input(const gr_complex* in, int available)
{
    const uint64_t begin = nitems_read(0);
    if (!d_begun) {
        d_first_item = nitems_written(0);
        d_ring.restart(begin);
        d_first_block = d_due = begin / d_hop;
        d_stretch = std::make_shared<stretch>();
        d_stretch->start = begin;
        d_begun = true;
    }
    const uint64_t first = oldest_block() * d_hop;
    const uint64_t oldest = first - std::min(first, d_margin);
    const uint64_t held = d_ring.end() - std::min(oldest, d_ring.end());
    const int n =
        static_cast<int>(std::min<uint64_t>(available, d_ring.capacity() - held));
    if (n == 0)
        return;
    d_ring.add(in, n);
    d_arrivals.add(begin + n, steady_ns());
    d_arrivals.forget(oldest);
    read_tags(begin, begin + n);
    consume_each(n);
}

// The detector found the emissions that it reports at a gap in the samples before it, so
// they come before the gap.
void emission_extractor_impl::read_tags(uint64_t begin, uint64_t end)
{
    get_tags_in_range(d_found, 0, begin, end);
    const auto earlier = [](const tag_t& a, const tag_t& b) {
        return a.offset != b.offset ? a.offset < b.offset : !is_gap(a) && is_gap(b);
    };
    std::stable_sort(d_found.begin(), d_found.end(), earlier);
    for (const auto& tag : d_found)
        if (is_gap(tag) || tag.key == keys::EMISSION_TAG)
            d_tags.push_back(tag);
}

// False when more input must come first, or when there is nothing more to cut.
bool emission_extractor_impl::cut_due_block()
{
    const uint64_t begin = d_due * d_hop;
    const uint64_t known = begin + d_hop + d_delay;
    if (known > d_ring.end() && !d_input_ended)
        return false;
    if (begin >= d_ring.end() && d_live.empty())
        return false;
    apply_tags(std::min(known, d_ring.end()));
    if (d_input_ended && begin + d_hop >= d_ring.end())
        for (auto& live : d_live)
            live->end_at(d_ring.end());
    cut_block(d_due);
    catch_up();
    end_streams();
    send_messages();
    d_due++;
    return true;
}

// The first that can still be cut.
uint64_t emission_extractor_impl::oldest_block() const
{
    return std::max(d_first_block, d_due - std::min(d_due, d_behind));
}

void emission_extractor_impl::apply_tags(uint64_t end)
{
    for (; !d_tags.empty() && d_tags.front().offset < end; d_tags.pop_front())
        if (is_gap(d_tags.front()))
            apply_gap(d_tags.front());
        else
            apply_emission(d_tags.front());
}

void emission_extractor_impl::apply_gap(const tag_t& tag)
{
    if (tag.offset > d_stretch->start) {
        for (auto& live : d_live)
            live->end_at(tag.offset);
        d_stretch->stop = tag.offset;
        auto next = std::make_shared<stretch>();
        next->number = d_stretch->number + 1;
        next->start = tag.offset;
        next->retunes = d_stretch->retunes;
        next->rx = d_stretch->rx;
        if (next->rx.time)
            next->rx.time =
                next->rx.time->after(next->start - d_stretch->start, d_sample_rate);
        d_stretch = next;
    }
    const auto before = d_stretch->rx.frequency;
    update_or_warn(d_stretch->rx, tag, d_logger);
    if (before && d_stretch->number > 0 && d_stretch->rx.frequency != before)
        d_stretch->retunes++;
    require_rate(CHECK, d_stretch->rx, d_sample_rate);
}

// Samples of another segment than that of the emission are not cut for it.
void emission_extractor_impl::apply_emission(const tag_t& tag)
{
    const emission e = emission_from_pmt(tag.value);
    if (e.segment != d_stretch->number) {
        d_samples_missed += samples_in(e.bursts);
        return;
    }
    const uint64_t cut = d_emissions_cut;
    emission_stream* stream = stream_of(e);
    if (!stream)
        return;
    const emission_stream* neighbour = d_emissions_cut > cut ? nearest_to(e) : nullptr;
    d_samples_missed += stream->update(e, tag.value, oldest_block(), d_due, d_queue);
    if (neighbour)
        stream->take_tones(*neighbour);
}

// Of those whose tones are looked for in about the same channel; null: there is none.
const emission_stream* emission_extractor_impl::nearest_to(const emission& e) const
{
    const emission_stream* nearest = nullptr;
    double least = tone_sync::LEAST_WIDTH;
    for (const auto& live : d_live) {
        const double distance = live->distance_to(e);
        if (distance > least || live->where() != d_stretch)
            continue;
        least = distance;
        nearest = live.get();
    }
    return nearest;
}

// The stream of the emission, which is new where there is none yet; null where it is not
// cut, or not any more.
emission_stream* emission_extractor_impl::stream_of(const emission& e)
{
    const bool is_ignored = e.flags & emission::IGNORED;
    for (auto& live : d_live)
        if (live->id() == e.id) {
            if (is_ignored)
                live->end_at(e.sample_now);
            return is_ignored || live->where() != d_stretch ? nullptr : live.get();
        }
    if (is_ignored || e.what == emission::state::END)
        return nullptr;
    if (d_live.size() >= d_max_emissions) {
        d_emissions_dropped += e.what == emission::state::NEW;
        return nullptr;
    }
    d_live.push_back(std::make_unique<emission_stream>(
        d_settings, d_banks, d_stretch, e.id, d_margin_min, d_margin_max));
    d_live.back()->listen(heard_edges_of(e.id));
    d_emissions_cut++;
    return d_live.back().get();
}

// A listener is a guest of the path: whatever it asks for ends nothing.
void emission_extractor_impl::listen_to(const pmt::pmt_t& message)
{
    try {
        d_heard = heard_from_pmt(message);
    } catch (const std::exception& error) {
        if (d_listens_refused++ == 0)
            d_logger->warn("{:s}", error.what());
        return;
    }
    for (auto& live : d_live)
        live->listen(heard_edges_of(live->id()));
}

// Null where nobody listens to it.
const std::pair<double, double>*
emission_extractor_impl::heard_edges_of(uint64_t id) const
{
    const auto found = d_heard.find(id);
    return found == d_heard.end() ? nullptr : &found->second;
}

void emission_extractor_impl::catch_up()
{
    for (int i = 0; i < CATCH_UP; i++) {
        uint64_t oldest = d_due + 1;
        for (auto& live : d_live)
            oldest = std::min(oldest, live->next_block(oldest));
        if (oldest > d_due)
            return;
        cut_block(oldest);
    }
}

void emission_extractor_impl::cut_block(uint64_t number)
{
    const stretch* loaded = nullptr;
    for (auto& live : d_live) {
        if (live->next_block(number + 1) != number)
            continue;
        if (live->where().get() != loaded)
            begin_block(number, *live->where());
        loaded = live->where().get();
        live->cut(number, d_spectrum, d_meter, d_arrivals, d_queue);
    }
}

void emission_extractor_impl::send_messages()
{
    const auto send = [this](const pmt::pmt_t& port, auto& messages) {
        for (const auto& message : messages)
            message_port_pub(port, message);
        messages.clear();
    };
    send(SAMPLES_PORT, d_queue.messages);
    send(HEARD_PORT, d_queue.heard);
    send(FINDINGS_PORT, d_queue.findings);
    send_frames();
}

void emission_extractor_impl::send_frames()
{
    const double seconds = static_cast<double>(d_due * d_hop) / d_sample_rate;
    const auto second = static_cast<uint64_t>(seconds);
    if (std::exchange(d_second, second) != second)
        d_frames_sent = 0;
    for (const auto& message : d_queue.frames) {
        if (d_frames_sent == MOST_FRAMES) {
            d_frames_dropped++;
            continue;
        }
        d_frames_sent++;
        message_port_pub(FRAMES_PORT, message);
    }
    d_queue.frames.clear();
}

// Begins the block with the samples of the stretch; what is outside it counts as zero.
void emission_extractor_impl::begin_block(uint64_t number, const stretch& where)
{
    // Samples have numbers that are d_margin higher here, so that none is negative.
    const uint64_t first = number * d_hop;
    const uint64_t stop = std::min(where.stop, d_ring.end()) + d_margin;
    const uint64_t begin = std::clamp(where.start + d_margin, first, first + d_size);
    const uint64_t end = std::clamp(stop, begin, first + d_size);
    const gr_complex* samples =
        end - begin == d_size ? d_ring.find(first - d_margin, d_size) : nullptr;
    if (!samples) {
        gr_complex* out = d_samples.data();
        std::fill_n(out, d_size, gr_complex(0.0f, 0.0f));
        d_ring.copy(begin - d_margin, end - begin, out + (begin - first));
        samples = out;
    }
    d_banks.first().begin_block(static_cast<int64_t>(number), samples, where.number);
}

void emission_extractor_impl::end_streams()
{
    if ((d_due + 1) % d_release_blocks == 0)
        for (auto& live : d_live)
            live->release(d_queue);
    for (auto& live : d_live) {
        live->forget(d_queue);
        if (live->is_over())
            d_queue.tags.push_back(
                { d_queue.count, keys::END_TAG, pmt::from_uint64(live->id()) });
    }
    const auto is_over = [](const auto& live) { return live->is_over(); };
    d_live.erase(std::remove_if(d_live.begin(), d_live.end(), is_over), d_live.end());
}

int emission_extractor_impl::write_tokens(float* out, int room)
{
    const uint64_t written = d_queue.write(out, room, d_settings.values());
    d_tokens_out += written;
    auto tag = d_queue.tags.begin();
    for (; tag != d_queue.tags.end() && tag->token < d_tokens_out; ++tag)
        add_item_tag(0, d_first_item + tag->token, tag->key, tag->value, alias_pmt());
    d_queue.tags.erase(d_queue.tags.begin(), tag);
    return static_cast<int>(written);
}

} // namespace rfattn
} // namespace gr
