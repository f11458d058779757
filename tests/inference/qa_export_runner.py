# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step as a program of torch.export: the same function, without TorchScript."""

import subprocess
import sys
from itertools import cycle

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, NORMS, PooledTransformer
from gnuradio.rfattn.inference import AttentionModelAdapter, export_runner, exported

from attention_models import contract_of, random_model, random_tokens, tiny_config

N, W = 4, 16
"""Block size and window of `tiny_config`."""


def adapter(max_streams=4, runner="export", **changes):
    config = tiny_config(**changes)
    model, contract = random_model(config), contract_of(config)
    return AttentionModelAdapter(model, contract, "cpu", "float32", max_streams, runner)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_streams_at_any_position_equal_one_offline_pass(attention, norm):
    """Three streams with different fills, through two wraps of the ring, in any order."""
    shape = dict(attention=attention, norm=norm, patch=2, n_features=2)
    model, oracle = adapter(**shape), random_model(tiny_config(**shape))
    model.reset(position=2**31)
    tokens = random_tokens(3, 3 * W, n_features=2)
    expected = torch.stack([oracle.offline(row[None], 2**31)[0] for row in tokens])
    done, last = [0, 0, 0], 3 * W // N
    orders = cycle(([0], [1, 0], [2, 1, 0], [0, 1, 2], [1, 2]))
    while min(done) < last:
        streams = [s for s in next(orders) if done[s] < last] or [done.index(min(done))]
        steps = torch.stack([tokens[s, done[s] * N : (done[s] + 1) * N] for s in streams])
        for stream, logits in zip(streams, model.step(steps, streams), strict=True):
            assert (logits - expected[stream, done[stream]]).abs().max() <= 1e-5
            done[stream] += 1


@pytest.mark.parametrize("embedding", ["linear", "conv"])
def test_either_embedding(embedding):
    model = adapter(embedding=embedding, embedding_channels=3)
    tokens = random_tokens(1, W)
    steps = torch.stack([model.step(part)[0] for part in tokens.split(N, dim=1)])
    assert (steps - model.offline(tokens)[0]).abs().max() <= 1e-5


def test_it_needs_no_torchscript(monkeypatch):
    for name in ("script", "load", "freeze", "optimized_execution"):
        monkeypatch.setattr(torch.jit, name, None)
    model, tokens = adapter(), random_tokens(1, N)
    assert (model.step(tokens) - model.offline(tokens)[:, 0]).abs().max() <= 1e-5


def test_runs_resets_and_ends_are_those_of_torch():
    """A call with more steps than a run may have; a segment that ends, and a stream in the cache of
    another."""
    export, plain = adapter(2), adapter(2, "torch")
    for streams, reset in (([7] * 11 + [8] * 2, None), ([8, 7], 8), ([9], 9), ([8] * 3, 8)):
        tokens = random_tokens(len(streams), N, seed=len(streams))
        logits = [model.step(tokens, streams) for model in (export, plain)]
        assert (logits[0] - logits[1]).abs().max() <= 1e-5
        for model in (export, plain) if reset is not None else ():
            model.reset(reset)
    assert (export.longest_run, export.evictions) == (8, 2)
    assert export.kv_bytes == export.max_kv_bytes == plain.max_kv_bytes


def test_it_says_what_runs():
    described = adapter().describe()
    assert (described["runner"], described["kernel"]) == ("export", "flash")
    assert adapter(attention="mha").kernel == "explicit"


@pytest.mark.parametrize("runner", ["export", "compiled"])
def test_another_number_type_is_refused(runner):
    config = tiny_config()
    with pytest.raises(ValueError) as refusal:
        AttentionModelAdapter(
            random_model(config), contract_of(config), "cpu", "bfloat16", runner=runner
        )
    expected = f"runner '{runner}' runs on the CPU in float32, got cpu, bfloat16"
    assert str(refusal.value) == expected


def test_what_torch_cannot_export_is_refused_in_one_line(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("Could not guard on data-dependent expression\nmore of it")

    monkeypatch.setattr(torch.export, "export", fail)
    config = tiny_config()
    with pytest.raises(ValueError) as refusal:
        exported.export_model(random_model(config), config)
    assert str(refusal.value) == (
        f"attention 'flash' cannot be exported with torch {torch.__version__}: "
        "Could not guard on data-dependent expression"
    )


def test_the_reason_of_the_exporting_process_is_shown(monkeypatch):
    failing = "raise SystemExit('a step of latent cannot be exported')"
    python = [sys.executable, "-c", failing]
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda command, **rest: run(python, **rest))
    with pytest.raises(ValueError, match=r"^a step of latent cannot be exported$"):
        adapter(d_model=24)


def test_compiled_needs_a_library():
    with pytest.raises(ValueError) as refusal:
        adapter(runner="compiled")
    assert str(refusal.value) == (
        "runner 'compiled' needs a model file with a library; "
        "gr-rfattn convert --export compiled writes one"
    )


class Library(exported.Program):
    """A program in the place of its library, which a compiler takes half a minute to make."""

    is_fused = True


def compiled(config, seed=1, **changes):
    model = random_model(config)
    other = PooledTransformer(random_model(config, seed), config)
    library = Library(exported.program_of(config), other)
    vars(library).update(changes)
    return AttentionModelAdapter(
        model, contract_of(config), "cpu", max_streams=2, runner="compiled", library=library
    )


@pytest.mark.parametrize("attention, kernel", [("flash", "flash"), ("ssm", "scan")])
def test_a_library_steps_the_model(attention, kernel):
    config = tiny_config(attention=attention)
    model = compiled(config, is_fused=attention == "flash")
    tokens = random_tokens(2, 2 * W)
    for k in range(2 * W // N):
        logits = model.step(tokens[:, k * N : (k + 1) * N], [5, 6])
    assert (logits - model.offline(tokens)[:, -1]).abs().max() <= 1e-5
    assert (model.runner, model.kernel) == ("compiled", kernel)
    assert isinstance(model._runner, export_runner.CompiledRunner)


def test_a_library_of_other_weights_is_refused():
    config = tiny_config()
    with pytest.raises(
        ValueError, match=r"a step of the library differs from the model by .* compile it anew"
    ):
        compiled(config, seed=5)


def test_a_library_with_scores_written_out_is_refused():
    config = tiny_config()
    message = "'flash' cannot run fused here: the library does not call torch's fused kernel"
    with pytest.raises(ValueError, match=message):
        compiled(config, is_fused=False)


def test_nothing_in_a_program_names_a_folder_of_this_machine():
    config = tiny_config()
    content = exported.save(exported.export_model(random_model(config), config))
    assert b"/attention/" not in content and len(content) < 500_000
