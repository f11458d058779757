/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"

namespace keyed {

const gr::rfattn::sync_format& format_of(const char* name, double baud)
{
    for (const auto& format : gr::rfattn::sync_formats())
        if (format.name == std::string(name) && (baud == 0.0 || format.baud == baud))
            return format;
    throw std::invalid_argument(name);
}

std::string refusal_of(const gr::rfattn::frame_formats::row& row)
{
    try {
        gr::rfattn::format_table({ row });
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

const gr::rfattn::frame_rule& rule_of(const char* name, double baud)
{
    return format_of(name, baud).follows;
}

bits operator+(bits a, const bits& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bits of_hex(const std::string& hex)
{
    bits found;
    for (const char digit : hex)
        for (int place = 3; place >= 0; place--)
            found.push_back(std::stoi(std::string(1, digit), nullptr, 16) >> place & 1);
    return found;
}

bits random_bits(size_t count, unsigned seed)
{
    std::mt19937 generator(seed);
    bits found(count);
    for (int& bit : found)
        bit = generator() % 2;
    return found;
}

bits repeated(const bits& part, int times)
{
    bits found;
    for (int k = 0; k < times; k++)
        found.insert(found.end(), part.begin(), part.end());
    return found;
}

bits stuffed(const bits& data)
{
    unsigned check = 0xFFFF;
    for (const int bit : data)
        check = check >> 1 ^ ((check ^ static_cast<unsigned>(bit)) & 1 ? 0x8408 : 0);
    bits all = data, found;
    for (int k = 0; k < 16; k++)
        all.push_back(~check >> k & 1);
    int ones = 0;
    for (const int bit : all) {
        found.push_back(bit);
        ones = bit ? ones + 1 : 0;
        if (ones == 5) {
            found.push_back(0);
            ones = 0;
        }
    }
    return found;
}

bits with_parity(const bits& data)
{
    unsigned check = 0;
    const bits padded = data + bits(24, 0);
    for (const int bit : padded) {
        const bool is_over = check >> 23 & 1;
        check = (check << 1 | static_cast<unsigned>(bit)) & 0xFFFFFF;
        check ^= is_over ? 0xFFF409 : 0;
    }
    bits parity;
    for (int k = 23; k >= 0; k--)
        parity.push_back(check >> k & 1);
    return data + parity;
}

bits nrzi(const bits& data)
{
    bits found;
    int level = 0;
    for (const int bit : data)
        found.push_back(level ^= 1 - bit);
    return found;
}

bits scrambled(const bits& data)
{
    bits found(17, 0);
    for (const int bit : data)
        found.push_back(bit ^ found[found.size() - 12] ^ found[found.size() - 17]);
    return bits(found.begin() + 17, found.end());
}

samples fsk(const bits& symbols, double baud, double offset, double noise, double rate)
{
    std::mt19937 generator(7);
    std::normal_distribution<float> drawn(0.0f, static_cast<float>(std::sqrt(noise / 2)));
    samples found;
    double phase = 0.0;
    const auto count =
        static_cast<size_t>(static_cast<double>(symbols.size()) * rate / baud);
    for (size_t n = 0; n < count; n++) {
        const auto k = static_cast<size_t>(static_cast<double>(n) * baud / rate);
        const double level = symbols[std::min(k, symbols.size() - 1)] ? -1.0 : 1.0;
        phase += 2.0 * M_PI * (offset + level * baud / 4.0) / rate;
        found.push_back(gr_complex(std::polar(1.0, phase)) +
                        gr_complex(drawn(generator), drawn(generator)));
    }
    return found;
}

samples bpsk(const bits& symbols, double baud, double offset)
{
    samples found = fsk(bits(symbols.size(), 0), baud, offset - baud / 4.0);
    for (size_t n = 0; n < found.size(); n++)
        if (symbols[static_cast<size_t>(static_cast<double>(n) * baud / RATE)])
            found[n] = -found[n];
    return found;
}

std::string name_of(const signal_reader& sync)
{
    return sync.found().name ? sync.found().name : "";
}

samples tones(const bits& numbers, double baud, double lowest)
{
    samples found;
    double phase = 0.0;
    for (const int number : numbers)
        for (int n = 0; n < static_cast<int>(12000.0 / baud); n++) {
            phase += 2.0 * M_PI * (lowest + number * baud) / 12000.0;
            found.push_back(gr_complex(std::polar(1.0, phase)));
        }
    return found;
}

std::string found_in(const samples& x, double width, double rate)
{
    signal_reader sync;
    sync.restart(rate, 0, -width / 2.0, width / 2.0);
    sync.restart_tones(rate, 0, -width / 2.0, width / 2.0);
    constexpr size_t PIECE = 577;
    for (size_t n = 0; n < x.size(); n += PIECE) {
        const size_t count = std::min(PIECE, x.size() - n);
        sync.add(n, &x[n], count);
        sync.add_tones(n, &x[n], count);
    }
    return name_of(sync);
}

} // namespace keyed
