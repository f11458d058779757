# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains a model on a folder of recordings."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from gnuradio.rfattn._version import __version__
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.attention.kernels import FusedScores, replace_fused
from gnuradio.rfattn.recordings.labelled_folder import fingerprint
from gnuradio.rfattn.reporting import Progress

from . import distributed
from .calibrate import calibrate
from .config import TrainConfig
from .data import IGNORE, Sampler, Tokens
from .evaluate import evaluate
from .init_weights import init_model, known_classes
from .provenance import provenance
from .read_data import Files, Pool, TrainingData, list_files, read_data
from .repeatable import repeatable
from .run_file import Run, RunFile, random_state
from .start import Start, start_name
from .teacher import load_teacher, teacher_losses
from .write_model import final_metrics, write_model


def train(
    config: TrainConfig,
    folder,
    out,
    extra: Sequence = (),
    init: Start = "",
    resume: bool = False,
    teacher: Start = "",
) -> dict:
    """Trains on split `train`, selects by `val`, reports on `test` and `ood`, writes the model.

    Recordings of split `train` of the ``extra`` folders (for example synthetic ones) join the
    training; the model is still selected and judged by the recordings of ``folder``. Recordings
    labelled `other` teach one more class, `unknown`. ``init`` names trained models to start from
    (see `init_weights.init_model`), ``teacher`` those whose probabilities the new one learns to
    give (see `teacher`). See `recordings.labelled_folder` for splits and labels.

    Writes to folder ``out``: ``<attention>_<norm>.safetensors`` and ``.json`` (checkpoint), ``.pt``
    (TorchScript), ``_metrics.json`` (what is returned), ``_config.json`` (from which the run can be
    repeated), ``_card.md`` (see `card`) and pictures (see `pictures`). Until the end,
    ``_run.safetensors`` holds the run at its last evaluation; ``resume`` continues from it and ends
    with the same weights, bit for bit, as an uninterrupted run.

    If torchrun starts several processes, they train one model together: a step then sees
    ``batch_size`` sequences of each (see `distributed`).

    Returns:
        The metrics: those of `evaluate` for each split, the evaluations during training, the
        configuration. Empty in all processes except the first.

    Raises:
        SigMFError: there are no recordings, or some cannot be read or teach nothing.
        ValueError: a split holds a class that `train` does not, or the device does not exist.
        ResumeError: ``out`` holds a run and ``resume`` is false, or it holds none and ``resume`` is
            true, or the run has other data or another configuration.
    """
    with (
        distributed.process_group(config.device) as device,
        repeatable(device, config.seed, config.threads),
    ):
        config = config.replace(device=device.type)
        stem = Path(out) / f"{config.model.attention}_{config.model.norm}"
        run_file = RunFile(stem, resume)
        files = list_files(config, folder, extra, known_classes(init))
        run_file.check_identity(identify(config, files, init, teacher))
        stem.parent.mkdir(parents=True, exist_ok=True)
        report_moved_groups(files)

        data = read_data(config, folder, extra, files.kept_classes)
        model, shape = init_model(config, data.classes, init)
        distributed.broadcast_weights(model.to(device))
        teaching = load_teacher(config, shape, data.classes, teacher)
        model, evaluations = optimise(config, model, shape, data, run_file, teaching)
        if not distributed.is_rank0():
            return {}
        validation = [*data.sets["val"], *data.sets["val_augmented"]]
        calibrate(model, shape, validation, data.classes, config.refused)

        report = {
            "version": __version__,
            "torch": torch.__version__,
            "processes": distributed.world_size(),
            "classes": data.classes,
            "model": shape.to_dict(),
            "weights": sum(p.numel() for p in model.parameters()),
            "config": config.to_dict(),
            "init": start_name(init),
            "teacher": start_name(teacher),
            "extra": [str(more) for more in extra],
            "data": provenance(folder, files.entries),
            "val_taken": sorted(files.moved_groups),
            "extra_data": [provenance(more, found) for more, found in files.extra.items()],
            "evaluations": evaluations,
            **final_metrics(model, shape, data),
        }
        write_model(stem, model.cpu(), shape, config, report)
        run_file.remove()
        return report


def optimise(
    config: TrainConfig,
    model: StreamingTransformer,
    shape: ModelConfig,
    data: TrainingData,
    run_file: RunFile,
    teacher: StreamingTransformer | None = None,
) -> tuple[StreamingTransformer, list[dict]]:
    """Trains the model.

    Args:
        teacher: of `load_teacher`.

    Returns:
        The running mean of the weights at the best evaluation, and all evaluations. In processes
        other than the first the weights are the last ones and there are no evaluations.

    Raises:
        ValueError: the loss is no longer finite.
    """
    validation = [data.sets["val"], data.sets["val_augmented"]]
    if teacher is not None:
        teacher = teacher.to(next(model.parameters()).device)
    batch_sizes = pool_batch_sizes(data.pools, config.batch_size)
    run, samplers = start_run(config, model, shape, data)
    run_file.restore(run)
    replace_fused(model, WideScores)
    with Progress(quiet=not distributed.is_rank0(), total=config.steps) as progress:
        while not distributed.broadcast_flag(run.is_over(config.steps, config.patience)):
            losses = []
            for step in range(run.step + 1, next_evaluation(run.step, config) + 1):
                run.step = step
                spectra, targets = draw_batch(samplers, batch_sizes, model)
                with torch.autocast(
                    spectra.device.type, torch.bfloat16, enabled=config.dtype == "bfloat16"
                ):
                    logits = model.offline(spectra).float()
                loss = sequence_loss(logits, targets, config.label_smoothing)
                if teacher is not None:
                    with torch.no_grad():
                        taught = teacher.offline(spectra)
                    told = mean_of_labelled(teacher_losses(logits, taught), targets)
                    loss = torch.lerp(loss, told, config.teacher_share)
                run.optimiser.zero_grad(set_to_none=True)
                loss.backward()
                distributed.average_gradients(model)
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                run.optimiser.step()
                run.schedule.step()
                update_ema(run.average, model, min(config.ema_decay, step / (step + 10)))
                losses.append(loss.item())
                if not math.isfinite(losses[-1]):
                    raise ValueError(
                        f"training: the loss is {losses[-1]} at step {step}: lower learning_rate, "
                        f"which is {config.learning_rate}"
                    )
                progress.show(f"step {step} of {config.steps}, loss {losses[-1]:.3g}", step)

            mean_loss = float(np.mean(distributed.gather(float(np.mean(losses)))))
            random = distributed.gather(random_state(run))
            if distributed.is_rank0():
                scores = validate(run.average, shape, validation, data.classes)
                run.record({"step": run.step, "loss": mean_loss, **scores})
                run_file.save(run, random)
                progress.log(format_evaluation(run.evaluations[-1]))
    if distributed.is_rank0():
        run.average.load_state_dict(run.best)
    return run.average, run.evaluations


class WideScores(FusedScores):
    """Computes in float32 where products around it do not: torch's kernel for a CPU and bfloat16
    has a backward that takes most of a step."""

    def forward(self, q, k, v, mask, scale):
        with torch.autocast(q.device.type, enabled=False):
            wide = (part.float() for part in (q, k, v))
            return super().forward(*wide, mask, scale).to(q.dtype)


def start_run(
    config: TrainConfig, model: StreamingTransformer, shape: ModelConfig, data: TrainingData
) -> tuple[Run, list[Sampler]]:
    """A run before its first step, and its samplers, which each process seeds differently."""
    optimiser = torch.optim.AdamW(
        parameter_groups(model, config.weight_decay), config.learning_rate
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, partial(learning_rate_factor, config=config)
    )
    first_seed = config.seed + len(data.pools) * distributed.rank()
    generators = [np.random.default_rng(first_seed + k) for k in range(len(data.pools))]
    samplers = [
        Sampler(
            pool.recordings,
            config.sequence_tokens,
            shape.block_size,
            config.plain,
            generator,
            data.vary,
        )
        for pool, generator in zip(data.pools, generators, strict=True)
    ]
    average = copy.deepcopy(model).eval()
    return Run(model, average, optimiser, schedule, generators), samplers


def next_evaluation(step: int, config: TrainConfig) -> int:
    """The step of the next evaluation."""
    return min(config.steps, (step // config.validate_every + 1) * config.validate_every)


def pool_batch_sizes(pools: Sequence[Pool], batch_size: int) -> list[int]:
    """The number of sequences of a batch from each pool; the first takes what rounding leaves."""
    rest = [round(pool.share * batch_size) for pool in pools[1:]]
    return [batch_size - sum(rest), *rest]


def draw_batch(
    samplers: Sequence[Sampler], batch_sizes: Sequence[int], model: StreamingTransformer
) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectra [B, T, n_bins] and targets [B, T / block_size] on the device of the model."""
    drawn = [sampler.batch(n) for sampler, n in zip(samplers, batch_sizes, strict=True) if n]
    device = next(model.parameters()).device
    spectra, targets = (
        torch.from_numpy(np.concatenate(arrays)).to(device) for arrays in zip(*drawn, strict=True)
    )
    return spectra, targets


def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
    """The mean over sequences of the mean cross entropy of their labelled blocks.

    A short burst therefore counts as much as a long one. logits [B, K, C], targets [B, K].
    """
    losses = F.cross_entropy(
        logits.flatten(0, 1),
        targets.flatten(),
        ignore_index=IGNORE,
        label_smoothing=smoothing,
        reduction="none",
    ).view_as(targets)
    return mean_of_labelled(losses, targets)


def mean_of_labelled(losses: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean over sequences of the mean over their labelled blocks; losses, targets [B, K]."""
    labelled = targets != IGNORE
    return ((losses * labelled).sum(dim=1) / labelled.sum(dim=1).clamp(min=1)).mean()


def validate(
    model: StreamingTransformer,
    shape: ModelConfig,
    validation: Sequence[Sequence[Tokens]],
    classes: Sequence[str],
) -> dict:
    """Balanced accuracy by step on the validation recordings and on augmented ones.

    Their mean, ``score``, selects the model, since the recordings alone are too few to rank models.
    """
    plain, augmented = (
        evaluate(model, shape, tokens, classes, "validating") for tokens in validation
    )
    scores = [figures["window_balanced_accuracy"] for figures in (plain, augmented)]
    return {
        "correct": plain["correct"],
        "plain": scores[0],
        "augmented": scores[1],
        "score": sum(scores) / 2,
    }


def learning_rate_factor(step: int, config: TrainConfig) -> float:
    """Factor of the learning rate: a linear warm-up, then a cosine down to a hundredth."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def parameter_groups(model: StreamingTransformer, weight_decay: float) -> list[dict]:
    """Splits the parameters: weight decay applies to matrices, not to biases and norms."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def update_ema(average: StreamingTransformer, model: StreamingTransformer, decay: float) -> None:
    """Moves the running mean of the weights towards the model by ``1 - decay``."""
    with torch.no_grad():
        for mean, value in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1.0 - decay)


def identify(config: TrainConfig, files: Files, init: Start, teacher: Start) -> dict:
    """Everything that decides the weights of a run, except torch and the machine."""
    return {
        "config": config.to_dict(),
        "init": start_name(init),
        "teacher": start_name(teacher),
        "processes": distributed.world_size(),
        "data": fingerprint(files.folder, files.entries),
        "extra": {
            str(k): fingerprint(more, found)
            for k, (more, found) in enumerate(files.extra.items(), 1)
        },
    }


def report_moved_groups(files: Files) -> None:
    """Prints how many groups validate instead of training."""
    if files.moved_groups and distributed.is_rank0():
        Progress().log(
            f"training: no recordings of split val: {len(files.moved_groups)} groups of train "
            "become it"
        )


def format_evaluation(evaluation: dict) -> str:
    """One line, such as "step=250 loss=0.7 correct=11"."""
    return " ".join(f"{name}={value:.4g}" for name, value in evaluation.items())
