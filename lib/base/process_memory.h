/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PROCESS_MEMORY_H
#define INCLUDED_RFATTN_PROCESS_MEMORY_H

#include <cstdint>

namespace gr {
namespace rfattn {

//! Resident memory of a process, bytes.
struct resident_memory {
    uint64_t now;  //!< VmRSS
    uint64_t peak; //!< VmHWM, the largest VmRSS so far
};

/*!
 * \brief Reads VmRSS and VmHWM from a file in the format of /proc/self/status.
 *
 * Makes three system calls and allocates nothing. Throws std::runtime_error when the file
 * cannot be read or lacks one of the two lines.
 */
resident_memory read_resident_memory(const char* path = "/proc/self/status");

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PROCESS_MEMORY_H
