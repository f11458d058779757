# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in each shipped file is that of today's source, which is what the tests run.

On a CPU models of a shipped configuration run the program of the file, because compiling it takes
half a second.
"""

import io
import re

import pytest
import torch
from gnuradio.rfattn.attention import StreamingTransformer
from gnuradio.rfattn.inference import torchscript
from gnuradio.rfattn.inference.files import available_models

PATHS = sorted({model["path"] for model in available_models()})
HOW = "write the files again, as CONTRIBUTING.md says (a change of the mathematics)"

pytestmark = pytest.mark.skipif(
    not torch.__version__.startswith("2.6."),
    reason="functions of torch are in the files, which torch 2.6 wrote",
)


def operations(module):
    """What `forward` and `offline` compute, functions and numbers included; names by order."""
    frozen = torchscript.freeze(module.eval())
    return [named_by_order(str(getattr(frozen, name).graph)) for name in ("forward", "offline")]


def named_by_order(graph):
    graph = re.sub(r" # .*|___torch_mangle_\d+", "", graph)  # places in the source; type names
    names = {}
    return re.sub(r"%[\w.]+", lambda found: names.setdefault(found[0], f"%{len(names)}"), graph)


def compiled(module):
    """The program of the source, as a file would have it."""
    content = io.BytesIO()
    torch.jit.save(torchscript.script(module), content)
    return torch.jit.load(io.BytesIO(content.getvalue()), map_location="cpu")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_program_of_a_file_is_that_of_the_source(path):
    module, _ = torchscript.load(path)
    assert operations(torchscript._load_code(path)) == operations(compiled(module)), HOW


@pytest.mark.parametrize("name", ["spectra_of", "scale"])
def test_a_change_in_the_source_shows(name, monkeypatch):
    """A line of the step itself, and a number in a part of it."""
    module, _ = torchscript.load(PATHS[0])
    before = operations(compiled(module))

    class Changed(StreamingTransformer):
        def spectra_of(self, tokens: torch.Tensor) -> torch.Tensor:
            return tokens[:, :, 1 : self.n_bins + 1]

    if name == "spectra_of":
        module.__class__ = Changed
    else:
        module.subtract_level.horizon += 1
    assert operations(compiled(module)) != before
