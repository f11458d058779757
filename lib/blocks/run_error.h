/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RUN_ERROR_H
#define INCLUDED_RFATTN_RUN_ERROR_H

#include <gnuradio/block.h>
#include <gnuradio/logger.h>
#include <gnuradio/thread/thread.h>

#include <exception>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Returns what `part` of a block returns; after an exception calls `fail` with its
 * text and returns WORK_DONE.
 *
 * GNU Radio ends the thread of a block whose work() or message handler throws, and lets
 * the other blocks wait for it without end; where stop() throws, it aborts the process.
 */
template <class Part, class Fail>
int guarded(Part part, Fail fail)
{
    try {
        return part();
    } catch (const std::exception& error) {
        fail(error.what());
        return gr::block::WORK_DONE;
    }
}

/*!
 * \brief Why a run of one block ended with an error.
 *
 * Run whatever may throw in work(), stop() and message handlers through guard(). After an
 * exception in any of them every later call of guard() returns WORK_DONE, so that the
 * next work() ends the flowgraph.
 */
class run_error {
public:
    //! \param logger that of the block, which outlives this
    explicit run_error(gr::logger_ptr& logger) : d_logger(logger) {}

    //! Call at the start of a run.
    void clear()
    {
        gr::thread::scoped_lock lock(d_mutex);
        d_text.clear();
    }

    //! Empty when no error came.
    std::string text() const
    {
        gr::thread::scoped_lock lock(d_mutex);
        return d_text;
    }

    template <class Part>
    int guard(Part part)
    {
        if (!text().empty())
            return gr::block::WORK_DONE;
        return guarded(part, [this](const std::string& text) {
            d_logger->error("{:s}", text);
            gr::thread::scoped_lock lock(d_mutex);
            d_text = text;
        });
    }

private:
    gr::logger_ptr& d_logger;
    mutable gr::thread::mutex d_mutex;
    std::string d_text;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RUN_ERROR_H
