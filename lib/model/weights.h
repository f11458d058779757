/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_MODEL_WEIGHTS_H
#define INCLUDED_RFATTN_MODEL_WEIGHTS_H

#include "model/aligned_floats.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

//! A weight as a file has it, which stays with its owner: row by row, of one of two
//! types.
struct weight_view {
    std::vector<size_t> size;
    const float* floats = nullptr;
    const int64_t* integers = nullptr;
};

/*!
 * \brief The weights of a model by name, compared with what the model needs.
 *
 * Names are those of the Python module: a part takes `within("encoder.layers.0")` and
 * asks for "attention.qkv.weight".
 *
 * All throw std::invalid_argument with one line: a weight is missing, has another type or
 * size, or is not finite.
 */
class weights {
public:
    explicit weights(const std::map<std::string, weight_view>& all);

    weights within(const std::string& part) const;

    //! The values of a weight of this size.
    const float* floats(const std::string& name, const std::vector<size_t>& size) const;
    const int64_t* integers(const std::string& name, size_t size) const;
    //! The same in memory of the model's own, with 0 up to a whole group.
    aligned_floats vector(const std::string& name, size_t size) const;

    //! Refuses weights that nobody took.
    void refuse_others() const;

private:
    struct taken;

    const weight_view&
    take(const std::string& name, const std::vector<size_t>& size, bool are_floats) const;

    const std::map<std::string, weight_view>* d_all;
    std::string d_prefix;
    std::shared_ptr<taken> d_taken;
};

//! A linear map, packed for the kernels: y = x W^T + bias.
class linear_map {
public:
    /*!
     * \brief Takes NAME.weight [outputs, inputs] and, with \p has_bias, NAME.bias.
     */
    linear_map(const weights& from,
               const std::string& name,
               size_t inputs,
               size_t outputs,
               bool has_bias);

    /*!
     * \brief A map whose weights lie elsewhere.
     *
     * \param weight of output o and input i is at [o * output_step + input_at(i)]
     */
    template <class F>
    linear_map(const float* weight,
               size_t inputs,
               size_t outputs,
               size_t output_step,
               F input_at,
               aligned_floats bias = {})
        : d_inputs(inputs),
          d_outputs(outputs),
          d_weights(padded(outputs) * inputs),
          d_bias(std::move(bias))
    {
        for (size_t i = 0; i < inputs; i++) {
            const size_t at = input_at(i);
            for (size_t o = 0; at != NO_INPUT && o < outputs; o++)
                d_weights.data()[(o / GROUP * inputs + i) * GROUP + o % GROUP] =
                    weight[o * output_step + at];
        }
    }

    static constexpr size_t NO_INPUT = SIZE_MAX; //!< an input whose weights are 0

    size_t outputs() const { return d_outputs; }
    size_t stride() const { return padded(d_outputs); } //!< of its results

    //! y = x W^T + bias, whose rows are stride() apart, or \p y_stride.
    void operator()(const kernels& k,
                    const float* x,
                    size_t x_stride,
                    size_t rows,
                    float* y,
                    size_t y_stride = 0) const
    {
        run(k, x, x_stride, rows, y, y_stride ? y_stride : stride(), false);
    }

    //! y += x W^T + bias.
    void
    add(const kernels& k, const float* x, size_t x_stride, size_t rows, float* y) const
    {
        run(k, x, x_stride, rows, y, stride(), true);
    }

private:
    void run(const kernels& k,
             const float* x,
             size_t x_stride,
             size_t rows,
             float* y,
             size_t y_stride,
             bool adds) const
    {
        k.linear({ x,
                   x_stride,
                   rows,
                   d_weights.data(),
                   d_bias.data(),
                   d_inputs,
                   stride(),
                   y,
                   y_stride,
                   adds });
    }

    size_t d_inputs, d_outputs;
    aligned_floats d_weights; // [outputs / 16][inputs][16]
    aligned_floats d_bias;    // none: empty
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_MODEL_WEIGHTS_H
