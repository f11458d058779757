/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "sync_words.h"
#include "word_symbols.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

using namespace word_symbols;

constexpr size_t MOST_SYMBOLS = 64; // that a row of symbols keeps
constexpr size_t PREAMBLE = 16;     // symbols
constexpr size_t MOST_SEARCHES = 64;
constexpr int MOST_TONES = 256;
constexpr double LEAST_PREFIX = 0.01;
constexpr int MOST_CARRIERS = 65536;
// The extractor takes bands of 1e9 Hz, and a symbol has two samples or more; the first 60
// s of an emission are read, in which the shortest word has its 8 symbols.
constexpr double MOST_HZ = 1e9, MOST_BAUD = MOST_HZ / 2;
constexpr double MOST_S = 60.0, LEAST_BAUD = 8 / MOST_S;
constexpr int MOST_OCTETS = 4096;
constexpr double LEAST_CHIPS = 32.0, MOST_CHIPS = 4096.0; // of a chirp
constexpr size_t LEAST_VECTOR = 64, MOST_VECTOR = 240;    // symbols

void require(bool holds, const frame_formats::row& row, const std::string& rule)
{
    if (!holds)
        throw std::invalid_argument(row.name + ": " + rule);
}

// Not a number is in no range.
void require_from(double least,
                  double most,
                  const frame_formats::row& row,
                  const char* key,
                  const std::vector<double>& values)
{
    std::ostringstream rule;
    rule << key << " must be from " << least << " to " << most;
    for (const double value : values)
        require(least <= value && value <= most, row, rule.str());
}

void check_numbers(const frame_formats::row& row)
{
    require_from(LEAST_BAUD, MOST_BAUD, row, "baud", row.baud);
    require_from(0.0, MOST_HZ, row, "emission_hz", row.emission_hz);
    require_from(0.0, MOST_CARRIERS, row, "emission_bd", row.emission_bd);
    require_from(0.0, MOST_HZ, row, "width_hz", { row.width_hz });
    require_from(0.0, MOST_HZ, row, "subcarrier_hz", row.subcarrier_hz);
    require_from(0.0, MOST_S, row, "longest_s", { row.longest_s });
    require_from(0.0, 0.5, row, "neighbours", { row.neighbours });
    require_from(0.0, MOST_OCTETS, row, "step", { double(row.step) });
    require_from(0.0, MOST_SYMBOLS, row, "outer_behind", { double(row.outer_behind) });
    require_from(0.0, MOST_OCTETS, row, "length_at", { double(row.length_at) });
    for (const double baud : row.baud)
        if (row.period != 0.0)
            require_from(8, std::floor(MOST_S * baud), row, "period", { row.period });
}

// Names are compared by their pointers.
const char* kept(const std::string& name)
{
    static std::set<std::string> names;
    return names.insert(name).first->c_str();
}

frame_rule frame_of(const frame_formats::row& row)
{
    using coding = frame_rule::coding;
    static const std::map<std::string, coding> codings = {
        { "plain", coding::PLAIN },
        { "manchester", coding::MANCHESTER },
        { "3of6", coding::THREE_OF_SIX },
        { "hdlc", coding::STUFFED },
    };
    frame_rule made;
    if (row.coding.empty())
        return made;
    const auto how = codings.find(row.coding);
    require(how != codings.end(), row, "coding must be plain, manchester, 3of6 or hdlc");
    made.how = how->second;
    require(row.crc.size() == 4 && row.crc[0] >= 1 && row.crc[0] <= 32,
            row,
            "crc must be 1 to 32 bits, a polynomial, the first and the right remainder");
    const auto is_of_bits = [&row](int64_t v) { return v >= 0 && v < 1LL << row.crc[0]; };
    require(row.crc[1] > 0 && std::all_of(row.crc.begin() + 1, row.crc.end(), is_of_bits),
            row,
            "crc must have a polynomial and remainders of as many bits as the checksum");
    made.check_bits = static_cast<unsigned>(row.crc[0]);
    made.polynomial = static_cast<uint32_t>(row.crc[1]);
    made.first = static_cast<uint32_t>(row.crc[2]);
    made.right = static_cast<uint32_t>(row.crc[3]);
    require(row.octets.size() == 2 && 1 <= row.octets[0] &&
                row.octets[0] <= row.octets[1] && row.octets[1] <= MOST_OCTETS,
            row,
            "octets must be two numbers in order, from 1 to 4096");
    made.least_octets = static_cast<size_t>(row.octets[0]);
    made.most_octets = static_cast<size_t>(row.octets[1]);
    made.length_at = static_cast<size_t>(row.length_at);
    return made;
}

const character_code* code_of(const frame_formats::row& row)
{
    const auto* code = character_code::named(row.code);
    require(row.code.empty() || code, row, "code must be twice or start-stop");
    require(row.code.empty() || (row.modulation == "fsk2" && row.words.empty()),
            row,
            "code goes with fsk2, and without words");
    return code;
}

void add_words(sync_format& made, const frame_formats::row& row)
{
    for (const auto& text : row.words) {
        const bits word = bits_of(text);
        auto levels = levels_of(row.modulation, word);
        auto turns = turns_of(row.modulation, word);
        const size_t symbols = std::max(levels.size(), turns.size());
        require(symbols >= 8 &&
                    symbols + made.outer + (row.has_preamble ? PREAMBLE : 0) <=
                        MOST_SYMBOLS,
                row,
                "words must have 8 symbols or more, with what is around them 64 at most");
        if (made.is_phase) {
            for (auto& turn : turns)
                turn /= std::sqrt(static_cast<float>(symbols));
            made.turns.push_back(std::move(turns));
            continue;
        }
        // Both sizes are in a word of four levels, or two levels may be all there are.
        const bool has_sizes =
            std::any_of(levels.begin(), levels.end(), [&](float level) {
                return std::abs(std::abs(level) - std::abs(levels[0])) > 0.1f;
            });
        levels =
            normalised(spread(std::move(levels), static_cast<float>(row.neighbours)));
        const auto sides = sides_of(levels);
        made.levels.push_back({ std::move(levels), sides, has_sizes });
    }
}

// The least and the most width of an emission, Hz.
std::pair<double, double> emission_of(const frame_formats::row& row, double baud)
{
    const double unit = row.emission_hz.empty() ? baud : 1.0;
    const auto& widths = row.emission_hz.empty() ? row.emission_bd : row.emission_hz;
    require(widths.size() == 2 && widths[0] < widths[1],
            row,
            "emission_hz, or emission_bd, must be two widths in order");
    require(widths[1] * unit <= MOST_CARRIERS * baud,
            row,
            "emission_hz must be 65536 times baud at most");
    return { widths[0] * unit, widths[1] * unit };
}

chirp_format chirp_of(const frame_formats::row& row, double baud)
{
    const double chips = row.width_hz / baud;
    require(LEAST_CHIPS <= chips && chips <= MOST_CHIPS && chips == std::round(chips),
            row,
            "width_hz must be 32 to 4096 times baud, without a rest");
    const auto [least, most] = emission_of(row, baud);
    return { kept(row.name), row.width_hz, baud, least, most };
}

prefix_format prefix_of(const frame_formats::row& row, double baud)
{
    require(!row.prefixes.empty() &&
                std::all_of(row.prefixes.begin(),
                            row.prefixes.end(),
                            [](double p) { return LEAST_PREFIX <= p && p <= 0.5; }),
            row,
            "prefixes must be numbers from 0.01 to 0.5");
    require(row.longest_s > 0.0, row, "longest_s must be > 0");
    const auto [least, most] = emission_of(row, baud);
    return { kept(row.name), baud, row.prefixes, least, most, row.longest_s };
}

// The signs are bits of a register that begins with ones, a 1 is above 0.
comb_format comb_of(const frame_formats::row& row, double baud)
{
    require(
        row.comb.size() == 3 && row.comb[0] <= MOST_CARRIERS && row.comb[2] >= 1 &&
            row.comb[1] >= row.comb[2] && row.comb[1] % row.comb[2] == 0 &&
            row.comb[0] / row.comb[1] >= comb_format::LEAST_PILOTS,
        row,
        "comb must be carriers, 65536 at most, how many are from pilot to pilot, with "
        "33 pilots or more, and from symbol to symbol, a divisor of that");
    require(row.signs.size() == 2 && 1 <= row.signs[1] && row.signs[1] < row.signs[0] &&
                row.signs[0] <= 32,
            row,
            "signs must be the two powers of a register, 1 to 32, the higher one first");
    require(row.longest_s > 0.0, row, "longest_s must be > 0");
    const auto [least, most] = emission_of(row, baud);
    const auto carriers = static_cast<size_t>(row.comb[0]);
    std::vector<int> signs(std::max<size_t>(carriers, 32), 1);
    for (auto k = static_cast<size_t>(row.signs[0]); k < carriers; k++)
        signs[k] = -signs[k - static_cast<size_t>(row.signs[0])] *
                   signs[k - static_cast<size_t>(row.signs[0] - row.signs[1])];
    signs.resize(carriers);
    return { kept(row.name),
             baud,
             carriers,
             static_cast<size_t>(row.comb[1]),
             static_cast<size_t>(row.comb[2]),
             std::move(signs),
             least,
             most,
             row.longest_s };
}

sync_format format_of(const frame_formats::row& row, double baud)
{
    sync_format made;
    made.name = kept(row.name);
    made.baud = baud;
    made.width = row.width_hz;
    std::tie(made.least_width, made.most_width) = emission_of(row, baud);
    made.period = row.period;
    made.outer = static_cast<size_t>(row.outer_behind);
    made.has_preamble = row.has_preamble;
    made.longest_s = row.longest_s;
    made.is_centred = row.is_centred;
    made.is_scrambled = row.is_scrambled;
    made.is_coherent = row.is_coherent;
    made.is_phase = !turns_of(row.modulation, bits(6)).empty();
    require(
        made.is_phase || !levels_of(row.modulation, bits(6)).empty(),
        row,
        "modulation must be fsk2, fsk2-nrzi, msk, oqpsk, fsk4, bpsk, dbpsk, qpsk, dqpsk, "
        "d8psk, tones, vector, chirp, prefix or comb");
    require(!made.is_coherent || !made.is_phase, row, "is_coherent goes with levels");
    made.follows = frame_of(row);
    if (row.step > 0) {
        require(made.is_phase && row.words.size() == 1,
                row,
                "step goes with one word and turns of the phase");
        for (const int bit : bits_of(row.words[0]))
            made.spread += bit ? '1' : '0';
        require(made.spread.size() >= 32, row, "words must have 32 bits or more");
        made.step = static_cast<size_t>(row.step);
        require(made.spread.size() * made.step <= 8 * size_t(MOST_OCTETS),
                row,
                "step must spread the word over 32768 symbols at most");
    } else
        add_words(made, row);
    made.code = code_of(row);
    made.is_hdlc = !made.code && row.words.empty();
    require(!made.is_hdlc || made.follows.is_stuffed(),
            row,
            "words must be there, or frames of hdlc");
    return made;
}

tone_format vector_of(const frame_formats::row& row, double baud)
{
    const auto is_tone = [](int tone) { return 0 <= tone && tone < MOST_TONES; };
    require(row.tones.size() == 2 && row.words.size() == 1,
            row,
            "vector needs one word, and the tones of a 1 and those of a 0");
    for (const auto& tones : row.tones)
        require(!tones.empty() && std::all_of(tones.begin(), tones.end(), is_tone),
                row,
                "tones must be numbers from 0 to 255");
    tone_format made{ kept(row.name), baud };
    made.vector = bits_of(row.words[0]);
    require(LEAST_VECTOR <= made.vector.size() && made.vector.size() <= MOST_VECTOR,
            row,
            "words must have 64 to 240 bits");
    made.ones = row.tones[0];
    made.zeros = row.tones[1];
    return made;
}

tone_format tones_of(const frame_formats::row& row, double baud)
{
    auto blocks = row.tones;
    if (blocks.size() == 1)
        blocks.resize(3, blocks[0]);
    const auto is_block = [](const std::vector<int>& block) {
        return block.size() == 7 && std::all_of(block.begin(), block.end(), [](int tone) {
                   return 0 <= tone && tone < 8;
               });
    };
    require(blocks.size() == 3 && std::all_of(blocks.begin(), blocks.end(), is_block),
            row,
            "tones must be one or three lists of seven tones from 0 to 7");
    return { kept(row.name), baud, std::move(blocks) };
}

} // namespace

void format_table::add(const frame_formats::row& row, double baud)
{
    if (row.modulation == "tones")
        return tones.push_back(tones_of(row, baud));
    if (row.modulation == "prefix")
        return prefixes.push_back(prefix_of(row, baud));
    if (row.modulation == "comb")
        return combs.push_back(comb_of(row, baud));
    if (row.modulation == "chirp")
        return chirps.push_back(chirp_of(row, baud));
    if (row.modulation == "vector")
        return tones.push_back(vector_of(row, baud));
    auto made = format_of(row, baud);
    const bool is_amplitude = row.carrier == "am";
    require(row.carrier == "iq" || row.carrier == "fm" || is_amplitude,
            row,
            "carrier must be iq, am or fm");
    if (row.carrier == "iq" || (is_amplitude && row.subcarrier_hz.empty())) {
        made.is_amplitude = is_amplitude;
        words.push_back(made);
        return;
    }
    require(
        row.subcarrier_hz.size() == 2 && row.subcarrier_hz[1] <= row.subcarrier_hz[0] &&
            row.subcarrier_hz[1] >= baud / 2 &&
            row.subcarrier_hz[0] <= MOST_CARRIERS * baud,
        row,
        "subcarrier_hz must be a middle, of 65536 times baud at most, and what is from "
        "there to its edge, half of baud or more and not beyond 0 Hz");
    subcarriers.push_back({ row.subcarrier_hz[0],
                            row.subcarrier_hz[1],
                            is_amplitude,
                            made.least_width,
                            made.most_width,
                            { made } });
}

format_table::format_table(const std::vector<frame_formats::row>& rows)
{
    for (const auto& row : rows) {
        require(!row.baud.empty() || row.modulation == "own", row, "baud is missing");
        check_numbers(row);
        try {
            for (const double baud : row.baud)
                add(row, baud);
        } catch (const std::logic_error& error) {
            const std::string what = error.what();
            require(what.rfind(row.name + ": ", 0) == 0, row, what);
            throw;
        }
    }
    std::map<std::pair<double, bool>, size_t> counts;
    for (size_t k = 0; k < words.size(); k++)
        if (++counts[{ words[k].baud, words[k].is_phase }] > MOST_SEARCHES)
            throw std::invalid_argument(std::string(words[k].name) +
                                        ": at most 64 formats may have one symbol rate");
}

size_t tone_format::tones() const
{
    int most = vector.empty() ? 7 : 0;
    for (const auto* some : { &ones, &zeros })
        for (const int tone : *some)
            most = std::max(most, tone);
    return static_cast<size_t>(most) + 1;
}

size_t sync_format::length() const
{
    size_t most = spread.size() * step;
    for (const auto& word : levels)
        most = std::max(most, word.levels.size());
    for (const auto& word : turns)
        most = std::max(most, word.size());
    return most;
}

namespace {

format_table& table()
{
    static format_table one;
    return one;
}

} // namespace

void set_formats(format_table formats)
{
    table() = std::move(formats);
}

const std::vector<sync_format>& sync_formats()
{
    return table().words;
}

const std::vector<subcarrier>& subcarriers()
{
    return table().subcarriers;
}

const std::vector<tone_format>& tone_formats()
{
    return table().tones;
}

const std::vector<chirp_format>& chirp_formats()
{
    return table().chirps;
}

const std::vector<prefix_format>& prefix_formats()
{
    return table().prefixes;
}

const std::vector<comb_format>& comb_formats()
{
    return table().combs;
}

} // namespace rfattn
} // namespace gr
