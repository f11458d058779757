/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FRAME_READER_H
#define INCLUDED_RFATTN_FRAME_READER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! How the bits of a frame are sent, and which remainder of them is right.
struct frame_rule {
    enum class coding {
        PLAIN,
        MANCHESTER,   //!< a bit is a symbol and its opposite
        THREE_OF_SIX, //!< four bits are six symbols with three ones (EN 13757-4, mode T)
        STUFFED //!< as HDLC (ISO/IEC 13239): a flag ends it, the lowest bit is first
    };

    coding how = coding::PLAIN;
    //! Of the division of all bits by a polynomial, the highest power left out: powers,
    //! the polynomial, what it begins with and what is left. 0 powers: no frame follows.
    unsigned check_bits = 0;
    uint32_t polynomial = 0, first = 0, right = 0;
    size_t least_octets = 0, most_octets = 0; //!< with the checksum
    size_t length_at = 0; //!< the octet, counted from 1, with the number of all; 0: none

    bool is_stuffed() const { return how == coding::STUFFED; }
    explicit operator bool() const { return check_bits > 0; }
};

//! \brief Reads a frame behind the word or the flag with which it begins.
class frame_reader {
public:
    static constexpr size_t FLAG_BITS = 8;

    //! A frame begins with the next symbol. `rule` must last as long as the reading.
    void begin(const frame_rule& rule);
    bool is_reading() const { return d_is_reading; }
    void end() { d_is_reading = false; }
    //! Returns whether a frame with the right checksum ends here. Its end, a number of
    //! octets that none has, and what the coding does not have end the reading; of HDLC
    //! any flag and seven ones.
    bool add(bool symbol);

    //! Of the frame that ended with the last symbol: its bits with the checksum, the
    //! first one highest, and how many symbols were sent for it, without the flag.
    const std::vector<uint8_t>& octets() const { return d_octets; }
    size_t sent() const;
    //! Of these, -log2 of how often others look so much like such a frame.
    double bits() const;
    //! Whether the last symbol ended whole octets, which might have a right checksum.
    bool has_ended() const { return d_has_ended; }

private:
    bool add_stuffed(bool bit);
    bool add_six();
    void take_stuffed(bool bit);
    bool add_plain(bool bit);
    void take(bool bit);
    bool has_calls() const;

    const frame_rule* d_rule = nullptr;
    bool d_is_reading = false, d_has_ended = false;
    size_t d_sent = 0, d_bits = 0; // symbols, and bits of the frame
    size_t d_count = 0;            // octets that the frame has
    uint8_t d_octet = 0;
    uint32_t d_check = 0;
    std::vector<uint8_t> d_octets{};
    unsigned d_part = 0; // the symbols of a bit of Manchester, or of four bits
    // Of HDLC: the last eight bits, how many of them were not taken yet, and the ones
    // that were taken one behind the other.
    unsigned d_last = 0;
    size_t d_waiting = 0;
    int d_ones = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FRAME_READER_H
