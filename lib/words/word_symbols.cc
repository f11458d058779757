/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "word_symbols.h"

#include <gnuradio/math.h>

#include <array>
#include <cmath>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace gr {
namespace rfattn {
namespace word_symbols {

constexpr size_t MOST_DIGITS = 6; // of a number of bits

bits bits_of(const std::string& text, std::vector<size_t>* stated)
{
    bits found;
    std::istringstream parts(text);
    for (std::string part; parts >> part;) {
        const bool is_any = part[0] == '*', is_binary = part.rfind("0b", 0) == 0;
        const std::string digits = part.substr(is_any ? 1 : is_binary ? 2 : 0);
        const auto known = is_any ? "0123456789" : is_binary ? "01" : "0123456789ABCDEF";
        if (digits.empty() || (is_any && digits.size() > MOST_DIGITS) ||
            digits.find_first_not_of(known) != std::string::npos)
            throw std::invalid_argument(
                part + " is no hexadecimal number, 0b and bits or * and a number");
        const size_t begin = found.size();
        if (is_any)
            for (size_t k = begin + std::stoul(digits); k > begin; k--)
                found.push_back((k * k * 40503 + k * 30011) >> 9 & 1);
        else
            for (const char digit : digits)
                for (int place = is_binary ? 0 : 3; place >= 0; place--)
                    found.push_back(
                        (digit < 'A' ? digit - '0' : digit - 'A' + 10) >> place & 1);
        for (size_t k = begin; k < found.size() && !is_any && stated; k++)
            stated->push_back(k);
    }
    return found;
}

levels levels_of(const std::string& modulation, const bits& sent)
{
    levels found;
    if (modulation == "fsk2")
        for (const int bit : sent)
            found.push_back(bit ? -1.0f : 1.0f);
    else if (modulation == "fsk2-nrzi") {
        found.push_back(1.0f);
        for (const int bit : sent)
            found.push_back(bit ? found.back() : -found.back());
    } else if (modulation == "msk" || modulation == "oqpsk") {
        const size_t odd = modulation == "oqpsk" ? 2 : 1;
        for (size_t k = 1; k < sent.size(); k++)
            found.push_back((sent[k] == sent[k - 1]) == (k % odd == 0) ? 1.0f : -1.0f);
    } else if (modulation == "fsk4")
        for (size_t k = 0; k + 1 < sent.size(); k += 2)
            found.push_back((sent[k] ? -1.0f : 1.0f) * (sent[k + 1] ? 3.0f : 1.0f));
    return found;
}

turns turns_of(const std::string& modulation, const bits& sent)
{
    constexpr std::array<int, 8> EIGHTHS = { 0, 1, 3, 2, 7, 6, 4, 5 };
    turns found;
    if (modulation == "bpsk")
        for (size_t k = 1; k < sent.size(); k++)
            found.emplace_back(sent[k] == sent[k - 1] ? 1.0f : -1.0f);
    else if (modulation == "dbpsk")
        for (const int bit : sent)
            found.emplace_back(bit ? -1.0f : 1.0f);
    const auto turn = [&found](int eighths) {
        found.emplace_back(std::polar(1.0f, static_cast<float>(eighths * GR_M_PI / 4.0)));
    };
    const auto quarter = [&sent](size_t k) {
        return 2 * (sent[k] ^ sent[k + 1]) + 4 * sent[k + 1];
    };
    if (modulation == "qpsk")
        for (size_t k = 2; k + 1 < sent.size(); k += 2)
            turn(quarter(k) - quarter(k - 2));
    else if (modulation == "dqpsk")
        for (size_t k = 0; k + 1 < sent.size(); k += 2)
            turn((sent[k] ? -1 : 1) * (sent[k + 1] ? 3 : 1));
    else if (modulation == "d8psk")
        for (size_t k = 0; k + 2 < sent.size(); k += 3)
            turn(EIGHTHS[static_cast<size_t>(4 * sent[k] + 2 * sent[k + 1] +
                                             sent[k + 2])]);
    return found;
}

levels spread(const levels& sharp, float share)
{
    levels found;
    for (size_t k = 0; k < sharp.size(); k++) {
        const float before = k > 0 ? sharp[k - 1] : 0.0f;
        const float behind = k + 1 < sharp.size() ? sharp[k + 1] : 0.0f;
        found.push_back((1.0f - 2.0f * share) * sharp[k] + share * (before + behind));
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
