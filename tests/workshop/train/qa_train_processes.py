# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes, started by torchrun, train one model; and training on CUDA where there is some."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.inference import load_checkpoint
from gnuradio.rfattn_workshop.train import TrainConfig, train
from gnuradio.rfattn_workshop.train import loop as training
from gnuradio.rfattn_workshop.train.augment import vary
from gnuradio.rfattn_workshop.train.calibrate import calibrate
from gnuradio.rfattn_workshop.train.data import Sampler
from gnuradio.rfattn_workshop.train.init_weights import init_model
from gnuradio.rfattn_workshop.train.run_file import ResumeError

from command_line import run_forked
from training_folder import DIES, TINY, write_folder

pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available(), reason="torch is built without torch.distributed"
)
SETTINGS = {**TINY, "steps": 6, "validate_every": 3}
RUN, MODEL = "flash_layernorm_run.safetensors", "flash_layernorm.safetensors"

PROGRAM = f"""
{DIES}
import sys
from gnuradio.rfattn.cli import main

if os.environ.get("DIE"):
    RunFile.save = save_and_die
sys.exit(main(sys.argv[1:]))
"""


def program(place, *arguments):
    """A program that trains, and what it is given."""
    (place / "program.py").write_text(PROGRAM)
    (place / "config.json").write_text(json.dumps(SETTINGS))
    return [place / "program.py", "train", *arguments, "--config", place / "config.json"]


def torchrun(place, *arguments):
    """Runs `gr-rfattn train` in two processes that meet over a file: torchrun's other ways need
    libuv, which Debian's torch 2.6 is built without."""
    launcher = [
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"),
        *("--rdzv-backend=c10d", f"--rdzv-endpoint={place / 'meeting'}"),
        "--rdzv-conf=store_type=file",
    ]
    return subprocess.run(
        [*launcher, *program(place, *arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"},
    )


def as_torchrun(place, *arguments, **environment):
    """The first of two processes that get the environment which torchrun gives: it starts five
    Pythons with torch, which this does not."""
    words = program(place, *arguments)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment |= {"TORCHELASTIC_RUN_ID": "test", "WORLD_SIZE": "2"}
    environment |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}

    def run(rank):
        own = {"RANK": rank, "LOCAL_RANK": rank}
        # The other one is not asked: it ends soon after the first, or waits for it in vain.
        return run_forked(*words, env={**environment, **own}, timeout=120 if rank == "0" else 60)

    with ThreadPoolExecutor() as both:
        return next(both.map(run, "01"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def together(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("together")
    return torchrun(place, folder, "--out", place / "out"), place / "out"


def test_one_process_prints_and_writes(together):
    done, out = together
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("test: ") == 1 and done.stdout.count("written to") == 1
    assert done.stderr.count("step=3") == 1 and done.stderr.count("step=6") == 1
    assert (out / MODEL).exists() and not (out / RUN).exists()


def test_the_weights_are_those_of_averaged_gradients(together, folder):
    """By hand in one process: each step, the gradients of both processes' sequences, and their
    mean."""
    _, out = together
    config = TrainConfig.from_dict(SETTINGS)
    torch.manual_seed(config.seed)
    data = training.read_data(config, folder, ())
    model, shape = init_model(config, data.classes, "")
    run, _ = training.start_run(config, model, shape, data)
    samplers = [
        Sampler(
            data.pools[0].recordings,
            config.sequence_tokens,
            shape.block_size,
            config.plain,
            config.seed + k,
            partial(vary, config.augmentation),
        )
        for k in (0, 1)
    ]
    evaluations = json.loads((out / "flash_layernorm_metrics.json").read_text())["evaluations"]
    for step in range(1, max(evaluations, key=lambda evaluation: evaluation["score"])["step"] + 1):
        model.zero_grad()
        for sampler in samplers:
            spectra, targets = map(torch.from_numpy, sampler.batch(config.batch_size))
            loss = training.sequence_loss(model.offline(spectra), targets, config.label_smoothing)
            (loss / 2).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        run.optimiser.step()
        run.schedule.step()
        training.update_ema(run.average, model, min(config.ema_decay, step / (step + 10)))
    validation = data.sets["val"] + data.sets["val_augmented"]
    calibrate(run.average, shape, validation, data.classes, config.refused)
    found, _ = load_checkpoint(out / MODEL)
    for name, value in found.state_dict().items():
        # Steps of 0.01; the sums of two halves round differently in single precision.
        torch.testing.assert_close(value, run.average.state_dict()[name], atol=1e-5, rtol=0)


def test_a_kill_changes_nothing_but_the_number_of_processes_would(together, folder, tmp_path):
    _, out = together
    done = as_torchrun(tmp_path, folder, "--out", tmp_path / "out", DIE="1")
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in (tmp_path / "out").iterdir()] == [RUN]
    with pytest.raises(ResumeError, match="holds another run: processes was 2, is 1"):
        train(TrainConfig.from_dict(SETTINGS), folder, tmp_path / "out", resume=True)
    done = as_torchrun(tmp_path, folder, "--out", tmp_path / "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / MODEL).read_bytes() == (out / MODEL).read_bytes()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_refuses_a_device_that_is_not_there(folder, tmp_path):
    with pytest.raises(ValueError, match="device 'cuda' is not there: torch sees 0 CUDA devices"):
        train(TrainConfig.from_dict({**SETTINGS, "device": "cuda"}), folder, tmp_path)


@pytest.mark.parametrize(
    "device",
    [
        "auto",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(
                not torch.cuda.is_available(), reason="torch sees no CUDA device"
            ),
        ),
    ],
)
def test_the_written_configuration_names_the_device(folder, tmp_path, device):
    report = train(TrainConfig.from_dict({**SETTINGS, "device": device}), folder, tmp_path)
    assert report["config"]["device"] == ("cuda" if torch.cuda.is_available() else "cpu")
    assert np.isfinite([evaluation["loss"] for evaluation in report["evaluations"]]).all()
    assert load_checkpoint(tmp_path / MODEL)[0].head.weight.device.type == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device")
def test_a_run_on_cuda_goes_on_after_its_end_is_lost(folder, tmp_path, monkeypatch):
    config = TrainConfig.from_dict({**SETTINGS, "device": "cuda"})
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(
            training, "final_metrics", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        train(config, folder, tmp_path)
    report = train(config, folder, tmp_path, resume=True)
    assert [evaluation["step"] for evaluation in report["evaluations"]] == [3, 6]
