/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ZWAVE_READER_H
#define INCLUDED_RFATTN_ZWAVE_READER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! \brief Reads a frame of Z-Wave (ITU-T G.9959, 8.1.3) behind its start of frame.
//!
//! The eighth octet is the number of all, with the checksum: the exclusive or of all
//! octets, or at 100 kBd their CRC of 16 bits.
class zwave_reader {
public:
    static constexpr size_t LEAST_OCTETS = 9, MOST_OCTETS = 170;

    //! A frame begins with the next symbol. \param has_crc else the exclusive or
    //! \param is_manchester a bit is two symbols
    void begin(bool has_crc, bool is_manchester);
    bool is_reading() const { return d_is_reading; }
    //! Returns whether a frame with the right checksum ends here. Its end, or a number of
    //! octets that none has, ends the reading.
    bool add(bool symbol);

    //! Of the frame that ended with the last symbol: all of them, and how many symbols
    //! were sent for it.
    const std::vector<uint8_t>& octets() const { return d_all; }
    double bits() const { return d_has_crc ? 16.0 : 8.0; } //!< of the checksum
    size_t sent() const { return d_bits * (d_is_manchester ? 2 : 1); }

private:
    bool take(bool bit);

    bool d_is_reading = false, d_has_crc = false, d_is_manchester = false;
    bool d_is_half = false; // one of two symbols of a bit is there
    bool d_first = false;   // that one
    size_t d_bits = 0;
    size_t d_octets = MOST_OCTETS; // of the frame
    uint8_t d_octet = 0, d_sum = 0;
    uint16_t d_crc = 0;
    std::vector<uint8_t> d_all{};
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ZWAVE_READER_H
