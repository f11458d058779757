/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/process_memory.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using gr::rfattn::read_resident_memory;

namespace {

constexpr uint64_t MIB = 1 << 20;

std::string written_file(const std::string& text)
{
    char name[] = "/tmp/qa_process_memory_XXXXXX";
    BOOST_REQUIRE(mkstemp(name) >= 0);
    std::ofstream(name) << text;
    return name;
}

bool names_peak(const std::runtime_error& error)
{
    return std::string(error.what()).find("no VmHWM: in") != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(reads_kib_as_bytes)
{
    const auto file =
        written_file("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n");
    const auto memory = read_resident_memory(file.c_str());
    std::remove(file.c_str());
    BOOST_CHECK_EQUAL(memory.now, 1 * MIB);
    BOOST_CHECK_EQUAL(memory.peak, 2 * MIB);
}

BOOST_AUTO_TEST_CASE(sees_memory_come_and_go)
{
    constexpr uint64_t SIZE = 64 * MIB;
    const auto before = read_resident_memory();
    uint64_t during = 0;
    {
        const std::vector<char> pages(SIZE, 1);
        during = read_resident_memory().now;
        BOOST_CHECK_EQUAL(pages.back(), 1);
    }
    const auto after = read_resident_memory();
    // 8 MiB: what else the process may touch meanwhile.
    BOOST_CHECK_GE(during, before.now + SIZE - 8 * MIB);
    BOOST_CHECK_LE(after.now, during - SIZE + 8 * MIB);
    // 1 MiB: the kernel counts pages per thread and adds them up now and then.
    BOOST_CHECK_GE(after.peak + 1 * MIB, during);
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_read)
{
    BOOST_CHECK_THROW(read_resident_memory("/nonexistent"), std::runtime_error);
    const auto file = written_file("VmRSS:\t1024 kB\n");
    BOOST_CHECK_EXCEPTION(
        read_resident_memory(file.c_str()), std::runtime_error, names_peak);
    std::remove(file.c_str());
}
