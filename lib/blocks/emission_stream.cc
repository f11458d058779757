/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_stream.h"
#include "findings_pmt.h"
#include "keys.h"
#include "segment_pmt.h"
#include "tag_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t MARGIN_TOKENS = 12;
constexpr double MOVED = 0.25; // least change of an edge for another channel, widths
constexpr size_t MESSAGE_SAMPLES = 16384;

const pmt::pmt_t EMISSION = pmt::mp(tags::KEY_EMISSION);

void check_edges(double lower, double upper, double half_band)
{
    if (!(lower < upper && lower < half_band && upper > -half_band)) {
        std::ostringstream message;
        message << tags::EMISSION << ": entries " << tags::KEY_FREQ_LOWER << " and "
                << tags::KEY_FREQ_UPPER << " must rise and lie in the band, "
                << -half_band << " to " << half_band << " Hz from its centre, got "
                << lower << " and " << upper;
        throw std::invalid_argument(message.str());
    }
}

} // namespace

emission_stream::emission_stream(const token_settings& settings,
                                 filter_banks& banks,
                                 std::shared_ptr<stretch> where,
                                 uint64_t id,
                                 uint64_t margin_min,
                                 uint64_t margin_max)
    : d_settings(settings),
      d_banks(banks),
      d_where(std::move(where)),
      d_id(id),
      d_hop(banks.first().hop()),
      d_margin_min(margin_min),
      d_cuts(margin_max, d_where->start),
      d_framer(settings.samples_per_token(), settings.token_samples()),
      d_features(banks.sample_rate()),
      d_sync(settings.contents),
      d_noise(settings.max_snr_db)
{
}

uint64_t emission_stream::update(const emission& e,
                                 const pmt::pmt_t& dict,
                                 uint64_t oldest,
                                 uint64_t front,
                                 token_queue& out)
{
    if (!d_own)
        d_next_block = front;
    const bool is_tuned = tune(e, oldest, out);
    d_features.update(e, d_own.channel().rate());
    d_noise.update(e, d_upper - d_lower, d_own.channel());
    d_dict = dict;
    d_band = as_number(pmt::dict_ref(dict, keys::RX_FREQ, pmt::PMT_NIL)).value_or(0.0);
    d_ends = e.what == emission::state::END;
    const double samples =
        MARGIN_TOKENS * static_cast<double>(d_settings.samples_per_token());
    const auto margin = static_cast<uint64_t>(
        std::ceil(samples * d_banks.sample_rate() / d_own.channel().rate()));
    const auto found = d_cuts.update(e, oldest * d_hop, std::max(margin, d_margin_min));
    if (is_tuned || found.begin != cut_list::NEVER) {
        d_reported = e.sample_now;
        look_back(oldest);
    }
    return found.missed;
}

// The next block becomes the one with the first sample that is to be cut and was not.
void emission_stream::look_back(uint64_t oldest)
{
    const auto used = static_cast<double>(d_own.next()) / d_own.ratio();
    const uint64_t first = d_cuts.first_from(static_cast<uint64_t>(std::ceil(used)));
    if (first == cut_list::NEVER)
        return;
    const auto sample =
        static_cast<uint64_t>(std::ceil(static_cast<double>(first) * d_own.ratio()));
    if (d_own.channel().continues_to(static_cast<int64_t>(d_next_block), sample))
        return;
    const uint64_t block = (first - std::min(first, d_own.channel().reach())) / d_hop;
    d_next_block = std::min(d_next_block, std::max(block, oldest));
}

// Keeps the channel while the edges stay about where they were when it was made. Returns
// whether it is another now.
bool emission_stream::tune(const emission& e, uint64_t oldest, token_queue& out)
{
    const double half_band = 0.5 * d_banks.sample_rate();
    check_edges(e.freq_lower, e.freq_upper, half_band);
    const double lower = std::max(e.freq_lower, -half_band);
    const double upper = std::min(e.freq_upper, half_band);
    const double moved = std::max(std::abs(lower - d_lower), std::abs(upper - d_upper));
    if (d_own && moved <= MOVED * (d_upper - d_lower))
        return false;
    send(out);
    release(out);
    const bool is_first = !d_own;
    d_segment += !is_first;
    d_own = channel_reader(d_banks, 0.5 * (lower + upper), upper - lower);
    d_lower = lower;
    d_upper = upper;
    d_framer.reset();
    const double centre = d_own.channel().centre();
    d_modulation.restart(d_own.channel().rate(), lower - centre, upper - centre);
    if (d_settings.has_frames())
        restart_sync(lower, upper);
    const bool begins_anew =
        is_first || (!d_settings.samples && d_cuts.first_from(0) >= oldest * d_hop);
    const double place = static_cast<double>(d_next_block * d_hop) * d_own.ratio();
    if (!begins_anew)
        d_own.skip_to(static_cast<uint64_t>(place));
    d_announced = false;
    return true;
}

double emission_stream::distance_to(const emission& e) const
{
    return d_own ? 0.5 * std::abs(e.freq_lower + e.freq_upper - d_lower - d_upper)
                 : std::numeric_limits<double>::infinity();
}

void emission_stream::restart_sync(double lower, double upper)
{
    const auto& own = d_own.channel();
    d_sync.restart(own.rate(), own.centre(), lower - own.centre(), upper - own.centre());
    d_tones = {};
    if (upper - lower < tone_sync::LEAST_WIDTH)
        d_tones = channel_reader(d_banks, 0.5 * (lower + upper), tone_sync::LEAST_WIDTH);
    const auto& tones = d_tones ? d_tones.channel() : own;
    d_sync.restart_tones(
        tones.rate(), tones.centre(), lower - tones.centre(), upper - tones.centre());
}

void emission_stream::end_at(uint64_t stop)
{
    d_cuts.end_at(stop);
    d_ends = true;
}

uint64_t emission_stream::next_block(uint64_t end)
{
    while (d_next_block < end && !needs(d_next_block))
        d_next_block++;
    return d_next_block;
}

bool emission_stream::needs(uint64_t block) const
{
    const uint64_t begin = block * d_hop, reach = d_own.channel().reach();
    return d_cuts.wants(begin - std::min(begin, reach), begin + d_hop + reach);
}

void emission_stream::cut(uint64_t number,
                          spectrum& s,
                          modulation_meter& meter,
                          const arrival_log& arrivals,
                          token_queue& out)
{
    d_next_block = number + 1;
    bool is_news = !std::exchange(d_is_looked_for, true);
    d_own.read(number, d_cuts.spans(), [&](const auto& span, const auto& wanted) {
        if (d_settings.samples)
            collect(span, wanted, out);
        if (d_settings.has_frames()) {
            is_news |= d_sync.add(wanted.first, wanted.samples, wanted.count);
            if (!d_tones)
                is_news |= d_sync.add_tones(wanted.first, wanted.samples, wanted.count);
        }
        const gr_complex* samples =
            d_noise.add(wanted.first, wanted.samples, wanted.count);
        if (d_settings.listed.needs_modulation)
            d_modulation.add(wanted.first, samples, wanted.count, meter);
        d_framer.add(wanted.first,
                     samples,
                     wanted.count,
                     [&](uint64_t token, const gr_complex* frame) {
                         make_token(token, frame, s, arrivals, out);
                     });
    });
    if (d_tones)
        d_tones.read(number, d_cuts.spans(), [&](const auto&, const auto& wanted) {
            is_news |= d_sync.add_tones(wanted.first, wanted.samples, wanted.count);
        });
    if (is_news && d_settings.frame_sync)
        out.findings.push_back(findings_to_pmt(d_id, d_sync.found().name));
    send_frames(false, out);
    d_listener.read(number, d_banks, d_band, d_cuts.spans(), to_listener(out));
}

// Sends samples to whoever listens.
listener_channel::sender emission_stream::to_listener(token_queue& out)
{
    return [&](gathered_samples& from, const emission_channel& channel) {
        out.heard.push_back(take(from, channel, pmt::make_dict()));
    };
}

void emission_stream::send_frames(bool is_final, token_queue& out)
{
    if (!d_settings.contents)
        return;
    for (const auto& frame : d_sync.take_frames(is_final)) {
        const double sample = std::max(0.0, frame.begin * d_banks.sample_rate());
        out.frames.push_back(
            frame_to_pmt(d_id, frame, static_cast<uint64_t>(std::llround(sample))));
    }
}

void emission_stream::make_token(uint64_t token,
                                 const gr_complex* samples,
                                 spectrum& s,
                                 const arrival_log& arrivals,
                                 token_queue& out)
{
    if (token != d_next_token || (d_waiting.when.found_ns && !is_found_late(token)))
        release(out);
    if (d_waiting.count == 0) {
        d_waiting.first = token;
        d_waiting.when = times_of(token, arrivals);
    }
    for (int64_t frame = 0; frame < d_settings.averaging; frame++)
        s.add(samples + frame * d_settings.hop);
    float* values = d_waiting.add(d_settings.values());
    s.take(values);
    float* feature = values + d_settings.n_bins;
    for (const size_t number : d_settings.listed.numbers)
        *feature++ = number < emission_features::COUNT
                         ? d_features.values()[number]
                         : d_modulation.values()[number - emission_features::COUNT];
    d_next_token = token + d_settings.samples_per_token();
}

// The number of the sample of the input behind the last one of a token.
uint64_t emission_stream::end_of(uint64_t token) const
{
    const double end = static_cast<double>(token + d_settings.token_samples());
    return static_cast<uint64_t>(std::ceil(end / d_own.ratio()));
}

// Whether all samples of a token had come before its burst was reported.
bool emission_stream::is_found_late(uint64_t token) const
{
    return end_of(token) <= d_reported;
}

token_times emission_stream::times_of(uint64_t token, const arrival_log& arrivals) const
{
    return { arrivals.at(end_of(token)),
             is_found_late(token) ? arrivals.at(d_reported) : 0 };
}

void emission_stream::release(token_queue& out)
{
    if (d_waiting.count == 0)
        return;
    const uint64_t first = d_waiting.first;
    const bool follows = d_announced && out.last_stream == d_id && first == d_released;
    if (!follows)
        out.tags.push_back({ out.count,
                             keys::SEGMENT_TAG,
                             pmt::acons(EMISSION, d_dict, to_pmt(segment_at(first))) });
    const token_times& when = d_waiting.when;
    out.tags.push_back(
        { out.count, keys::ARRIVAL_TAG, pmt::from_uint64(when.arrival_ns) });
    if (when.found_ns)
        out.tags.push_back(
            { out.count, keys::FOUND_TAG, pmt::from_uint64(when.found_ns) });
    out.add(d_waiting);
    out.last_stream = d_id;
    d_released = d_next_token;
    d_announced = true;
}

segment emission_stream::segment_at(uint64_t token) const
{
    segment s;
    s.stream = d_id;
    s.number = d_segment;
    s.sample_start = token;
    s.samples_per_token = d_settings.samples_per_token();
    s.token_samples = d_settings.token_samples();
    s.retunes = d_where->retunes;
    s.overflows = d_where->number - d_where->retunes;
    s.front_end = d_settings.front_end;
    s.features = d_settings.listed.names;
    s.rx = rx_at(d_own.channel(), token);
    return s;
}

// The time of a channel sample, to half a sample of the input.
reception emission_stream::rx_at(const emission_channel& channel,
                                 uint64_t channel_sample) const
{
    const double sample_rate = d_banks.sample_rate();
    reception rx;
    rx.rate = channel.rate();
    rx.frequency = d_band + channel.centre();
    if (d_where->rx.time) {
        const auto sample = static_cast<uint64_t>(std::round(
            static_cast<double>(channel_sample) * (sample_rate / channel.rate())));
        const uint64_t passed = std::max(sample, d_where->start) - d_where->start;
        rx.time = d_where->rx.time->after(passed, sample_rate);
    }
    return rx;
}

void emission_stream::collect(const cut_list::span& s,
                              const emission_channel::run& r,
                              token_queue& out)
{
    const bool begins = d_burst != s.burst_start;
    if (begins || !d_unsent.is_followed_by(r) ||
        d_unsent.samples.size() >= MESSAGE_SAMPLES)
        send(out);
    if (d_unsent.samples.empty()) {
        d_begins_burst = begins;
        d_burst = s.burst_start;
    }
    d_unsent.add(r);
}

void emission_stream::send(token_queue& out)
{
    if (d_unsent.samples.empty())
        return;
    pmt::pmt_t about = pmt::make_dict();
    if (d_begins_burst)
        about = pmt::dict_add(about, keys::BURST_START, pmt::from_uint64(*d_burst));
    out.messages.push_back(take(d_unsent, d_own.channel(), about));
}

// The message with what was gathered of a channel; nothing is left of that.
pmt::pmt_t emission_stream::take(gathered_samples& from,
                                 const emission_channel& channel,
                                 pmt::pmt_t about)
{
    about = with_reception(about, rx_at(channel, from.first));
    about = pmt::dict_add(about, keys::ID, pmt::from_uint64(d_id));
    about = pmt::dict_add(about, keys::SAMPLE_START, pmt::from_uint64(from.first));
    about = pmt::dict_add(about, EMISSION, d_dict);
    const auto vector = pmt::init_c32vector(from.samples.size(), from.samples);
    from.samples.clear();
    return pmt::cons(about, vector);
}

void emission_stream::forget(token_queue& out)
{
    const uint64_t end = d_next_block * d_hop;
    d_cuts.forget(end - std::min(end, d_own.channel().reach()));
    if (!d_cuts.spans().empty())
        return;
    d_listener.flush(to_listener(out));
    send(out);
    release(out);
    if (d_settings.frame_sync && d_sync.finish(d_ends))
        out.findings.push_back(findings_to_pmt(d_id, d_sync.found().name));
    send_frames(true, out);
}

} // namespace rfattn
} // namespace gr
