# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of products with int8 and float32 weights."""

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import int8_products


def test_a_row_for_each_size_of_weights(capsys):
    if torch.backends.quantized.engine == "none":
        pytest.skip("this torch has no int8 products")
    assert int8_products.main(["--model", "emissions", "--rounds", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert torch.__version__ in lines[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[4:]]
    assert [row[:3] for row in rows] == [
        ["flash", "2", "64 × 64"],
        ["flash", "2", "192 × 64"],
        ["flash", "2", "256 × 64"],
        ["flash", "2", "64 × 256"],
    ]
    assert all(float(cell) > 0 for row in rows for cell in row[3:5])


def test_a_strange_attention_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        int8_products.main(["--attention", "flash,none"])
    assert ended.value.code == 2
    assert "--attention must be of mha, flash" in capsys.readouterr().err
