/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Emissions with any edges and bursts, cut out of a band with any samples: every token is
// finite, follows the one before, and no burst reaches samples that are not there.

#include "blocks/emission_pmt.h"
#include "blocks/emission_stream.h"
#include "bytes.h"
#include "shipped_formats.h"
#include "spectra/sample_check.h"

#include <cmath>
#include <stdexcept>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 48e3;
const token_settings SETTINGS = [] {
    emission_extractor::settings s{ 64, 16, 32, "hann", 2 };
    frame_formats::set(shipped_formats());
    s.samples = s.frame_sync = s.contents = true;
    s.max_snr_db = 25.0;
    return token_settings{ s, pmt::make_dict(), feature_list(feature_list::known()) };
}();

emission emission_of(fuzz::bytes& in, uint64_t now)
{
    const bool is_plain = in.byte() % 4;
    const auto sample = [&] { return is_plain ? now + in.take<uint16_t>() : in.count(); };
    emission e;
    e.what = in.byte() % 4 ? emission::state::UPDATE : emission::state::END;
    e.sample_start = sample();
    e.sample_count = is_plain ? in.take<uint16_t>() : in.count();
    e.sample_now = sample();
    e.freq_lower = is_plain ? in.take<int16_t>() : in.number();
    e.freq_upper = is_plain ? e.freq_lower + in.take<uint16_t>() : in.number();
    e.duty = in.number();
    e.snr_db = in.number();
    e.power_db = in.number();
    if (in.byte() % 2)
        e.period_s = in.number();
    for (size_t n = in.byte() % 4; n > 0; n--)
        e.bursts.push_back({ sample(), is_plain ? in.take<uint16_t>() : in.count() });
    if (in.byte() % 2)
        e.burst_start = sample();
    return e;
}

void fill(volk::vector<gr_complex>& block, fuzz::bytes& in)
{
    const auto value = static_cast<float>(in.number());
    const float part = static_cast<float>(in.byte()) - 128.0f;
    for (size_t i = 0; i < block.size(); i++)
        block[i] = { i % 7 ? part : value, i % 5 ? -part : value };
    sample_check::copy_finite(block.data(), block.size(), block.data());
}

void check(token_queue& queue)
{
    for (auto& batch : queue.batches) {
        MUST(batch.count > 0);
        for (size_t i = 0; i < batch.count * SETTINGS.values(); i++)
            MUST(std::isfinite(batch.values[i]));
        batch.count = 0;
        queue.spare.push_back(std::move(batch));
    }
    queue.batches.clear();
    queue.tags.clear();
    queue.messages.clear();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static spectrum tokens({ 64, 32, "hann", 2, "db", "keep", "two" });
    static modulation_meter meter;
    fuzz::bytes in(data, size);
    filter_banks banks(RATE);
    filter_bank& bank = banks.first();
    const uint64_t hop = bank.hop();
    uint64_t block = in.byte() % 2 ? 0 : (in.count() >> 2) / hop;
    auto where = std::make_shared<stretch>();
    where->start = block * hop;
    where->rx.time = stream_time{ in.count() >> 2, 0.5 };
    const auto margin = in.take<uint16_t>();
    emission_stream live(SETTINGS, banks, where, in.count(), margin / 4, margin);
    token_queue queue;
    volk::vector<gr_complex> samples(bank.size());
    bool has_channel = false;
    for (int left = 64; left > 0 && !in.empty() && !live.is_over(); left--) {
        const uint64_t begin = block * hop;
        try {
            const auto dict = to_pmt(emission_of(in, begin), {});
            live.update(emission_from_pmt(dict), dict, block, block, queue);
            has_channel = true;
        } catch (const std::invalid_argument&) {
        }
        if (!has_channel)
            continue;
        for (size_t blocks = in.byte() % 4; blocks > 0; blocks--, block++) {
            if (live.next_block(block + 1) == block) {
                fill(samples, in);
                bank.begin_block(static_cast<int64_t>(block), samples.data());
                live.cut(block, tokens, meter, {}, queue);
            }
            if (in.byte() % 2)
                live.release(queue);
            live.forget(queue);
            check(queue);
        }
        if (in.byte() == 255)
            live.end_at(block * hop);
    }
    return 0;
}
