/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "process_memory.h"

#include <charconv>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace gr {
namespace rfattn {

namespace {

// The kernel writes about 1.5 KiB, the memory lines in its first third.
constexpr size_t STATUS_BYTES = 4096;
constexpr uint64_t BYTES_PER_KIB = 1024;

uint64_t line_bytes(std::string_view text, std::string_view name, const char* path)
{
    const size_t at = text.find(name);
    const size_t digit =
        at == text.npos ? text.npos : text.find_first_of("0123456789", at + name.size());
    uint64_t kib = 0;
    if (digit == text.npos ||
        std::from_chars(text.data() + digit, text.data() + text.size(), kib).ec !=
            std::errc())
        throw std::runtime_error(std::string("process memory: no ") + std::string(name) +
                                 " in " + path);
    return kib * BYTES_PER_KIB;
}

} // namespace

resident_memory read_resident_memory(const char* path)
{
    char buffer[STATUS_BYTES];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, buffer, sizeof(buffer));
    if (file >= 0)
        close(file);
    if (length < 0)
        throw std::runtime_error(std::string("process memory: cannot read ") + path);
    const std::string_view text(buffer, length);
    return { line_bytes(text, "VmRSS:", path), line_bytes(text, "VmHWM:", path) };
}

} // namespace rfattn
} // namespace gr
