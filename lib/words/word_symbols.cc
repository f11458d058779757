/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "word_symbols.h"

#include <gnuradio/math.h>

#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {
namespace word_symbols {

std::vector<int> bits_of(const std::string& hex)
{
    std::vector<int> bits;
    for (const char digit : hex) {
        const int value = std::stoi(std::string(1, digit), nullptr, 16);
        for (int place = 3; place >= 0; place--)
            bits.push_back(value >> place & 1);
    }
    return bits;
}

levels four(const std::string& hex)
{
    const auto bits = bits_of(hex);
    levels found;
    for (size_t k = 0; k < bits.size(); k += 2)
        found.push_back(static_cast<float>((bits[k] ? -1 : 1) * (bits[k + 1] ? 3 : 1)));
    return found;
}

levels two(const std::vector<int>& bits)
{
    levels found;
    for (const int bit : bits)
        found.push_back(bit ? -1.0f : 1.0f);
    return found;
}

levels two(const std::string& hex)
{
    return two(bits_of(hex));
}

levels ais(int first)
{
    std::vector<int> bits, changed{ 0 };
    for (int k = 0; k < 16; k++)
        bits.push_back((first + k) % 2);
    for (const int bit : { 0, 1, 1, 1, 1, 1, 1, 0 })
        bits.push_back(bit);
    for (const int bit : bits)
        changed.push_back(changed.back() ^ (bit ? 0 : 1));
    return two(changed);
}

levels differing(const std::string& hex)
{
    const auto bits = bits_of(hex);
    levels found;
    for (size_t k = 1; k < bits.size(); k++)
        found.push_back(bits[k] == bits[k - 1] ? 1.0f : -1.0f);
    return found;
}

levels gsm(const std::string& hex)
{
    constexpr float SIDE = 0.2f;
    const auto sharp = differing(hex);
    levels found;
    for (size_t k = 0; k < sharp.size(); k++) {
        const float before = k > 0 ? sharp[k - 1] : 0.0f;
        const float behind = k + 1 < sharp.size() ? sharp[k + 1] : 0.0f;
        found.push_back((1.0f - 2.0f * SIDE) * sharp[k] + SIDE * (before + behind));
    }
    return found;
}

levels offset_qpsk(const std::vector<int>& chips)
{
    levels found;
    for (size_t k = 1; k < chips.size(); k++)
        found.push_back((chips[k] == chips[k - 1]) == (k % 2 == 0) ? 1.0f : -1.0f);
    return found;
}

turns bpsk_turns(const std::string& hex)
{
    const auto bits = bits_of(hex);
    turns found;
    for (size_t k = 1; k < bits.size(); k++)
        found.emplace_back(bits[k] == bits[k - 1] ? 1.0f : -1.0f);
    return found;
}

turns dbpsk_turns(const std::string& hex)
{
    turns found;
    for (const int bit : bits_of(hex))
        found.emplace_back(bit ? -1.0f : 1.0f);
    return found;
}

turns dqpsk_turns(const std::string& bits)
{
    turns found;
    for (size_t k = 0; k + 1 < bits.size(); k += 2) {
        const double eighths =
            (bits[k] == '1' ? -1.0 : 1.0) * (bits[k + 1] == '1' ? 3.0 : 1.0);
        found.emplace_back(std::polar(1.0f, static_cast<float>(eighths * GR_M_PI / 4.0)));
    }
    return found;
}

levels normalised(levels word)
{
    const auto count = static_cast<float>(word.size());
    const float mean = std::accumulate(word.begin(), word.end(), 0.0f) / count;
    float power = 0.0f;
    for (float& level : word) {
        level -= mean;
        power += level * level;
    }
    for (float& level : word)
        level /= std::sqrt(power);
    return word;
}

uint64_t sides_of(const levels& word)
{
    uint64_t sides = 0;
    for (size_t k = 1; k < word.size(); k++)
        sides = sides << 1 | ((word[k] > 0.0f) == (word[k - 1] > 0.0f) ? 1 : 0);
    return sides;
}

} // namespace word_symbols
} // namespace rfattn
} // namespace gr
