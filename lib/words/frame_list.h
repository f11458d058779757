/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FRAME_LIST_H
#define INCLUDED_RFATTN_FRAME_LIST_H

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

//! A frame whose checksum is right.
struct checked_frame {
    //! What is read with less doubt goes before, where two searches read the same.
    enum class origin { TONES, WORD, FLAG };

    const char* format = "";
    origin found_by = origin::WORD;
    double begin = 0.0; //!< of its first bit, in samples or s
    double end = 0.0;
    std::vector<uint8_t> octets{}; //!< its bits with the checksum, the first one highest
};

//! Moves frames whose places are `shift + x / ratio` where they were x.
inline void move_frames(std::vector<checked_frame>& from,
                        std::vector<checked_frame>& to,
                        double shift,
                        double ratio)
{
    for (auto& frame : from) {
        frame.begin = shift + frame.begin / ratio;
        frame.end = shift + frame.end / ratio;
        to.push_back(std::move(frame));
    }
    from.clear();
}

/*!
 * \brief The frames of one emission, each once and in order, although several searches
 * read it, and although samples may come twice.
 *
 * Frames of one transmitter do not overlap, so that of two that do one is left.
 */
class frame_list {
public:
    void add(checked_frame frame);

    //! Moves out those that ended before `time`.
    std::vector<checked_frame> take(double time);

private:
    std::vector<checked_frame> d_held;
    double d_taken = -std::numeric_limits<double>::infinity(); // up to here all left
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FRAME_LIST_H
