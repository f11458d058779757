# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: from a folder of recordings and one configuration to a model and what it is worth."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .._version import __version__
from ..attention import ModelConfig
from ..recordings.sigmf import LabelledRecording
from . import distributed
from .augment import vary
from .calibrate import calibrate
from .config import TrainConfig
from .data import IGNORE, OTHER, Sampler
from .evaluate import evaluate
from .folders import check_folder, check_recordings, fingerprint, read_folder, split_folder
from .pool import Pool, read
from .provenance import provenance
from .repeatable import repeatable
from .result import judged, write
from .resume import Run, State, random_state
from .start import known_classes, start


def train(
    config: TrainConfig,
    folder,
    out,
    extra: Sequence = (),
    init: str = "",
    resume: bool = False,
) -> dict:
    """Trains on split `train`, chooses by `val`, reports on `test` and `ood`, and writes the model.

    The training recordings of the ``extra`` folders (made-up ones, say) join in without changing
    what the model is chosen and judged by; their other splits and classes are left alone. Those
    labelled `other` teach one more class, `unknown`. ``init`` names a trained model to start from
    (see `start.start`). What `folders` says of splits and labels holds for both kinds of folder.

    Writes to folder ``out``: ``<attention>_<norm>.safetensors`` and ``.json`` (checkpoint),
    ``<attention>_<norm>.pt``, and beside them ``_metrics.json`` (what is returned),
    ``_config.json``, from which the run can be repeated, ``_card.md`` (see `card`) and pictures
    (see `figures`). Until then ``_run.safetensors`` holds the run as of the last look;
    with ``resume`` it goes on from there and ends with the weights it would have had.

    Started by torchrun, the processes train one model together: a step then sees ``batch_size``
    sequences of each (see `distributed`).

    Returns:
        the metrics: those of `evaluate` for each split, the log of the looks, the configuration.
        Empty in all processes but the first.

    Raises:
        SigMFError: no recordings, or ones that cannot be read or that nothing can be learnt from.
        ValueError: a split holds a class that `train` does not; the device is not there.
        ResumeError: ``out`` holds a run and ``resume`` is not asked for, or the reverse, or the
        run is of other data or another configuration.
    """
    with (
        distributed.joined(config.device) as device,
        repeatable(device, config.seed, config.threads),
    ):
        config = dataclasses.replace(config, device=device.type)
        stem = Path(out) / f"{config.model.attention}_{config.model.norm}"
        state = State(stem, resume)
        entries, taken = split_folder(folder, config.val_share, config.seed)
        kept = known_classes(init)
        joining = {str(more): joined_entries(config, more, entries, kept) for more in extra}
        others = {e.label for found in joining.values() for e in found}
        check_folder(folder, entries, others, config.front_end, config.model.block_size)
        state.belong_to(identify(config, folder, entries, joining, init))
        if taken and distributed.leads():
            say(f"no recordings of split val: {len(taken)} groups of train become it")
        stem.parent.mkdir(parents=True, exist_ok=True)
        classes, sets, pools = read(config, folder, extra, kept)
        model, shape = start(config, classes, init)
        distributed.share_weights(model.to(device))
        validation = [sets["val"], sets["val_augmented"]]
        model, looks = optimise(config, model, shape, pools, validation, classes, state)
        if not distributed.leads():
            return {}
        report = {
            "version": __version__,
            "torch": torch.__version__,
            "processes": distributed.size(),
            "classes": classes,
            "model": shape.to_dict(),
            "weights": sum(p.numel() for p in model.parameters()),
            "config": config.to_dict(),
            "init": str(init),
            "extra": [str(more) for more in extra],
            "data": provenance(folder, entries),
            "val_taken": sorted(taken),
            "extra_data": [provenance(more, found) for more, found in joining.items()],
            "looks": looks,
            **judged(model, shape, sets, classes),
        }
        write(stem, model.cpu(), shape, config, classes, report)
        state.remove()
        return report


def joined_entries(config: TrainConfig, place, entries, kept) -> list[LabelledRecording]:
    """What an extra folder adds to the training recordings in ``entries``, of whose classes and the
    ``kept`` ones it is.

    Raises:
        SigMFError: nothing can be learnt from some of it (see `folders`).
    """
    used = {e.label for e in entries if e.split == "train"} | {*kept, OTHER}
    found = [e for e in read_folder(place) if e.split == "train" and e.label in used]
    check_recordings(place, found, config.front_end, config.model.block_size)
    return found


def identify(config: TrainConfig, folder, entries, joining: dict, init: str) -> dict:
    """All that decides the weights a run ends with, but for torch and the machine."""
    return {
        "config": config.to_dict(),
        "init": str(init),
        "processes": distributed.size(),
        "data": fingerprint(folder, entries),
        "extra": {
            str(k): fingerprint(more, found) for k, (more, found) in enumerate(joining.items(), 1)
        },
    }


def optimise(config: TrainConfig, model, shape: ModelConfig, pools, validation, classes, state):
    """The model with the best validation score, and the looks that found it; in the first process,
    which alone knows."""
    run, samplers = begin(config, model, shape, pools)
    state.restore(run)
    counts = sizes(pools, config.batch_size)
    losses: list[float] = []
    with progress() as bar:
        task = bar.add_task(
            f"{shape.attention} {shape.norm}", total=config.steps, completed=run.step, note=""
        )
        while not distributed.decided(run.is_over(config.steps, config.patience)):
            for _ in range(next_look(run.step, config) - run.step):
                run.step += 1
                losses.append(learn(model, run.optimiser, samplers, counts, config))
                run.schedule.step()
                follow(run.average, model, min(config.ema_decay, run.step / (run.step + 10)))
                bar.advance(task)
            loss = float(np.mean(distributed.gather(float(np.mean(losses)))))
            losses.clear()
            random = distributed.gather(random_state(run))
            if distributed.leads():
                look = {"step": run.step, "loss": loss}
                look |= score(run.average, shape, validation, classes)
                run.take(look)
                state.save(run, random)
                bar.update(task, note=f"validation {look['score']:.3f}")
                said = " ".join(f"{name}={value:.4g}" for name, value in look.items())
                bar.console.print(said, highlight=False)
    if distributed.leads():
        run.average.load_state_dict(run.best)
        calibrate(run.average, shape, sum(validation, []), classes, config.refused)
    return run.average, run.looks


def begin(config: TrainConfig, model, shape: ModelConfig, pools) -> tuple[Run, list[Sampler]]:
    """A run before its first step, and what it draws from: other sequences in each process."""
    optimiser = torch.optim.AdamW(
        parameter_groups(model, config.weight_decay), config.learning_rate
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate(step, config))
    seeds = [config.seed + k + len(pools) * distributed.rank() for k in range(len(pools))]
    generators = [np.random.default_rng(seed) for seed in seeds]
    samplers = [
        Sampler(
            pool.recordings,
            config.sequence_tokens,
            shape.block_size,
            config.plain,
            generator,
            partial(vary, config.augmentation),
        )
        for pool, generator in zip(pools, generators, strict=True)
    ]
    average = copy.deepcopy(model).eval()
    return Run(model, average, optimiser, schedule, generators), samplers


def next_look(step: int, config: TrainConfig) -> int:
    """The step after which the validation recordings are looked at next."""
    return min(config.steps, (step // config.validate_every + 1) * config.validate_every)


def sizes(pools: Sequence[Pool], batch_size: int) -> list[int]:
    """How many sequences of a batch come from each pool; the first takes what rounding leaves."""
    rest = [round(pool.share * batch_size) for pool in pools[1:]]
    return [batch_size - sum(rest), *rest]


def learn(model, optimiser, samplers: Sequence[Sampler], sizes, config: TrainConfig) -> float:
    """One step of the optimiser on ``sizes`` sequences of the samplers; returns the loss."""
    drawn = [sampler.batch(n) for sampler, n in zip(samplers, sizes, strict=True) if n]
    device = next(model.parameters()).device
    spectra, targets = (
        torch.from_numpy(np.concatenate(a)).to(device) for a in zip(*drawn, strict=True)
    )
    loss = sequence_loss(model.offline(spectra), targets, config.label_smoothing)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    distributed.average_gradients(model)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Mean over sequences of the mean cross entropy of their claimed blocks, so that a short burst
    counts as much as a long one. logits [B, K, C], targets [B, K]."""
    losses = F.cross_entropy(
        logits.flatten(0, 1),
        targets.flatten(),
        ignore_index=IGNORE,
        label_smoothing=smoothing,
        reduction="none",
    ).view_as(targets)
    claimed = (targets != IGNORE).sum(dim=1).clamp(min=1)
    return (losses.sum(dim=1) / claimed).mean()


def score(model, shape: ModelConfig, validation, classes) -> dict:
    """Balanced accuracy by step, of the recordings as they are and of augmented ones; their mean is
    what the choice rests on, because the recordings alone are too few to tell models apart."""
    plain, varied = (evaluate(model, shape, recordings, classes) for recordings in validation)
    found = {"correct": plain["correct"], "plain": plain["window_balanced_accuracy"]}
    found["augmented"] = varied["window_balanced_accuracy"]
    return {**found, "score": (found["plain"] + found["augmented"]) / 2}


def rate(step: int, config: TrainConfig) -> float:
    """Share of the learning rate: linear warm-up, then a cosine down to a hundredth."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def parameter_groups(model, weight_decay: float) -> list[dict]:
    """Matrices decay; biases and norms do not."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def follow(average, model, decay: float) -> None:
    """Moves the running mean of the weights towards the model."""
    with torch.no_grad():
        for mean, value in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1.0 - decay)


def progress() -> Progress:
    """A progress bar on stderr; silent where that is no terminal, and in all processes but one."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    return Progress(
        *columns,
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        disable=not distributed.leads(),
    )


def say(text: str) -> None:
    Console(stderr=True).print(f"training: {text}", highlight=False, soft_wrap=True)
