/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Dictionaries of segments and emissions with values of any type: each is refused in one
// line, or read and written without a change.

#include "blocks/emission_pmt.h"
#include "blocks/segment_pmt.h"
#include "bytes.h"
#include "keys.h"

#include <stdexcept>
#include <string>

using namespace gr::rfattn;

namespace {

pmt::pmt_t value_from(fuzz::bytes& in, int depth = 0)
{
    switch (in.byte() % (depth < 2 ? 16 : 11)) {
    case 0:
        return pmt::from_double(in.number());
    case 1:
        return pmt::from_long(static_cast<long>(in.count()));
    case 2:
        return pmt::from_bool(in.byte() % 2);
    case 3:
        return pmt::PMT_NIL;
    case 4:
        return pmt::mp("x");
    case 5:
        return pmt::from_complex(in.number(), in.number());
    case 6:
        return pmt::init_u64vector(in.byte() % 5, std::vector<uint64_t>(5, in.count()));
    case 7:
        return pmt::mp("update");
    case 8:
    case 9:
    case 10:
        return pmt::from_uint64(in.count());
    case 11:
        return pmt::make_tuple(value_from(in, depth + 1), value_from(in, depth + 1));
    case 12:
        return pmt::cons(value_from(in, depth + 1), value_from(in, depth + 1));
    case 13:
        return pmt::make_vector(in.byte() % 4, value_from(in, depth + 1));
    case 14:
        return pmt::dict_add(pmt::make_dict(), pmt::mp("x"), value_from(in, depth + 1));
    default:
        return pmt::make_tuple(pmt::from_uint64(in.count()),
                               pmt::from_double(in.number()));
    }
}

// Of a dictionary that is right, a few entries are replaced.
pmt::pmt_t changed(pmt::pmt_t dict, fuzz::bytes& in)
{
    for (size_t changes = in.byte() % 4; changes > 0; changes--) {
        const auto keys = pmt::dict_keys(dict);
        const auto key = pmt::nth(in.below(pmt::length(keys)), keys);
        dict = pmt::dict_add(dict, key, value_from(in));
    }
    return dict;
}

segment segment_of(fuzz::bytes& in)
{
    segment s;
    s.number = in.count();
    s.sample_start = in.count();
    s.samples_per_token = in.count();
    s.token_samples = in.count();
    s.stream = in.count();
    s.rx.rate = 1e6;
    s.rx.frequency = 1e8;
    s.rx.time = stream_time{ in.count(), 0.25 };
    s.front_end = pmt::dict_add(pmt::make_dict(), pmt::mp("hop"), pmt::from_long(64));
    s.features = pmt::make_vector(2, pmt::mp("width"));
    return s;
}

emission emission_of(fuzz::bytes& in)
{
    emission e;
    e.id = in.count();
    e.sample_start = in.count();
    e.sample_count = in.count();
    e.sample_now = in.count();
    e.freq_lower = in.number();
    e.freq_upper = in.number();
    e.period_s = 1.0;
    e.bursts = { { in.count(), in.count() } };
    e.burst_start = in.count();
    e.flags = in.byte();
    e.sideband_of = in.count();
    return e;
}

void check_line(const std::string& text)
{
    MUST(!text.empty() && text.size() < 400);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    fuzz::bytes in(data, size);
    try {
        const auto dict =
            in.byte() % 8 ? changed(to_pmt(segment_of(in)), in) : value_from(in);
        const segment s = segment_from_pmt(dict);
        MUST(pmt::equal(to_pmt(segment_from_pmt(to_pmt(s))), to_pmt(s)));
        s.rx_at(in.count());
    } catch (const std::invalid_argument& refusal) {
        check_line(refusal.what());
    }
    try {
        const auto dict =
            in.byte() % 8 ? changed(to_pmt(emission_of(in), {}), in) : value_from(in);
        const emission e = emission_from_pmt(dict);
        MUST(pmt::equal(to_pmt(emission_from_pmt(to_pmt(e, {})), {}), to_pmt(e, {})));
    } catch (const std::invalid_argument& refusal) {
        check_line(refusal.what());
    }
    reception rx;
    const pmt::pmt_t names[] = { keys::RX_RATE, keys::RX_FREQ, keys::RX_TIME };
    for (int i = 0; i < 4; i++)
        update(rx, names[in.byte() % 3], value_from(in));
    segment s;
    s.rx = rx;
    s.rx_at(in.count());
    return 0;
}
