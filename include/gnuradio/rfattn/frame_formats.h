/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FRAME_FORMATS_H
#define INCLUDED_RFATTN_FRAME_FORMATS_H

#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The formats of frames that `emission_extractor` looks for: none until they are
 * set, as `gnuradio.rfattn.emission_extractor` does from formats.toml.
 */
class RFATTN_API frame_formats {
public:
    //! A format at one symbol rate. The head of python/rfattn/catalogue/formats.toml
    //! states what the keys mean.
    struct row {
        std::string name{}, modulation{}, carrier = "iq", coding{}, code{};
        double width_hz = 0.0, period = 0.0, longest_s = 0.0, neighbours = 0.0;
        std::vector<double> baud{}, emission_hz{}, emission_bd{}, subcarrier_hz{};
        std::vector<double> prefixes{};
        std::vector<std::string> words{}, vectors{};
        std::vector<std::vector<int>> tones{};
        std::vector<int> comb{};  // carriers, from pilot to pilot, from symbol to symbol
        std::vector<int> signs{}; // powers of a register
        int step = 0, outer_behind = 0, length_at = 0;
        bool has_preamble = false, is_centred = false, is_scrambled = false;
        bool is_coherent = false;
        std::vector<int64_t> crc{}; // bits, polynomial, first, right
        std::vector<int> octets{};  // least, most
    };

    //! What is found in the bits of a vector; no name: nothing.
    struct found {
        std::string name{};
        std::string octets{}; //!< of the first frame that is right, in hexadecimal digits
        double bits = 0.0;    //!< how improbable it is that chance makes it
        size_t stated = 0;    //!< bits of the vector, without those of any data
    };

    /*!
     * Sets those that are looked for from now on. Blocks that look for frames must not
     * run.
     *
     * \throws std::invalid_argument naming the format, the key and the rule
     */
    static void set(const std::vector<row>& rows);

    /*!
     * Looks for a format in a vector, which is sent with its modulation, without noise.
     *
     * \param wrong number of a stated bit that is inverted; -1: none
     * \throws std::invalid_argument naming the format, the key and the rule
     */
    static found find(const row& format, const std::string& vector, int wrong = -1);

    /*!
     * Looks for a format in all of its vectors.
     *
     * \throws std::invalid_argument naming the format, what it should have and has
     */
    static void check(const row& format);
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FRAME_FORMATS_H
