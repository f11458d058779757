/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_HDLC_READER_H
#define INCLUDED_RFATTN_HDLC_READER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! \brief Reads a frame of HDLC (ISO/IEC 13239) whose first flag is known, bit for bit.
class hdlc_reader {
public:
    static constexpr size_t LEAST_BITS = 88, MOST_BITS = 5000; //!< with the checksum

    //! A frame begins with the next bit.
    void begin();
    bool is_reading() const { return d_is_reading; }
    //! Returns whether the flag ends here behind a frame with the right checksum. Any
    //! flag, seven ones and a frame that is too long end the reading.
    bool add(bool bit);

    //! Of the frame that ended with the last bit: its bits with the checksum, the first
    //! one highest, and how many were sent for it, without the flag.
    const std::vector<uint8_t>& octets() const { return d_octets; }
    //! Of these, -log2 of how often others look so much like a frame of AX.25: one in
    //! 65536 has a right checksum, and few begin with two calls.
    double bits() const;
    //! Whether the last bit ended whole octets, which might have a right checksum.
    bool has_ended() const { return d_has_ended; }
    size_t sent() const { return d_sent - FLAG_BITS; }

    static constexpr size_t FLAG_BITS = 8;

private:
    void take(bool bit);

    bool d_is_reading = false;
    unsigned d_last = 0;  // eight bits
    size_t d_waiting = 0; // of these, those that are not taken yet
    int d_ones = 0;       // taken one behind the other
    size_t d_count = 0;   // without stuffed ones
    size_t d_sent = 0;
    bool d_has_ended = false;
    uint8_t d_octet = 0; // of the last eight that were taken
    std::vector<uint8_t> d_octets{};
    uint16_t d_check = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_HDLC_READER_H
