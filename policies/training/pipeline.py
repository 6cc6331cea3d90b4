"""The whole way from nothing to a model with its card: generate, train, calibrate, export, evaluate."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.perception.onnx_detector import OUTPUTS, OnnxDetector
from sonoreach.policies.training.card import ModelRecord
from sonoreach.policies.training.dataset import Batch, load
from sonoreach.policies.training.evaluate import evaluate, std_scale
from sonoreach.policies.training.export import Calibration, export, predict_all
from sonoreach.policies.training.generate import NETWORK_GRID, TRAINING_SEEDS, VALIDATION_SEEDS, generate
from sonoreach.policies.training.measurement_errors import calibrate, measure_patients
from sonoreach.policies.training.network import PlaneNetwork
from sonoreach.policies.training.trainer import TrainingPlan, train

VALIDATION_SHARE = 8  # one validation patient for so many training patients


@dataclass(frozen=True)
class Recipe:
    """What to make.

    Attributes:
        patients: training patients, seeds 0 to patients - 1.
        images: training images, shared evenly among the patients.
        processes: worker processes that make images.
        plan: how to train.
        start: checkpoint of an earlier training to begin with; None: from random weights.
    """

    patients: int = 400
    images: int = 8_000
    processes: int = 2
    plan: TrainingPlan = field(default_factory=TrainingPlan)
    start: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        if not 1 <= self.patients <= len(TRAINING_SEEDS):
            raise InputError(f"patients must be 1 to {len(TRAINING_SEEDS)}, got {self.patients}")
        if self.images < self.patients:
            raise InputError(f"images must be at least one a patient ({self.patients}), got {self.images}")
        if self.plan.epochs < 1:
            raise InputError(f"epochs must be at least 1, got {self.plan.epochs}")
        if not 0 <= self.plan.seed < 2**31:
            raise InputError(f"seed must be 0 to {2**31 - 1}, got {self.plan.seed}")
        if self.start is not None and not self.start.is_file():
            raise InputError(f"checkpoint {self.start} to start from does not exist")
        if self.images < self.plan.batch_size:
            raise InputError(f"images must fill a batch of {self.plan.batch_size}, got {self.images}")

    @property
    def images_per_patient(self) -> int:
        """Images of each patient."""
        return self.images // self.patients

    @property
    def validation_seeds(self) -> range:
        """Patients that judge the model."""
        return VALIDATION_SEEDS[: max(2, self.patients // VALIDATION_SHARE)]


def make_model(recipe: Recipe, out: Path) -> dict[str, float]:
    """Make `thyroid.onnx` and its card in a folder; interrupted, it goes on where it was.

    Args:
        recipe: what to make.
        out: folder for the images, the checkpoint and the model.

    Returns:
        Figures on the validation patients, as on the card.
    """
    out.mkdir(parents=True, exist_ok=True)
    seeds = TRAINING_SEEDS[: recipe.patients]
    images = load(generate(seeds, recipe.images_per_patient, out / "images" / "train", recipe.processes))
    held_out = load(
        generate(recipe.validation_seeds, recipe.images_per_patient, out / "images" / "validate", recipe.processes)
    )
    network = train(images, recipe.plan, out / "checkpoint.pt", recipe.start)
    calibration = Calibration(std_scale(_predict(network, Calibration(), held_out), held_out))
    metrics = evaluate(_predict(network, calibration, held_out), held_out)
    path = out / "thyroid.onnx"
    sha256 = export(network, calibration, NETWORK_GRID.rows, NETWORK_GRID.columns, path)
    card = ModelRecord(sha256, NETWORK_GRID, describe(recipe), recipe.plan, metrics)
    card.write(path.with_suffix(".yaml"))
    print("measuring validation patients", file=sys.stderr)
    errors = calibrate(measure_patients(OnnxDetector(path), recipe.validation_seeds))
    replace(card, measurement_errors=errors).write(path.with_suffix(".yaml"))
    return metrics


def describe(recipe: Recipe) -> dict[str, object]:
    """The data recipe, as it stands on the card."""
    seeds, held_out = TRAINING_SEEDS[: recipe.patients], recipe.validation_seeds
    return {
        "source": "simulated necks and channel data of SonoReach (sonoreach.simulation), beamformed by "
        "sonoreach.beamform; no image of a person",
        "command": f"sonoreach train perception --patients {recipe.patients} --images {recipe.images} "
        f"--epochs {recipe.plan.epochs} --seed {recipe.plan.seed}"
        + (f" --start {recipe.start.name}" if recipe.start else ""),
        "training_seeds": f"{seeds[0]}-{seeds[-1]}",
        "training_images": recipe.images_per_patient * recipe.patients,
        "validation_seeds": f"{held_out[0]}-{held_out[-1]}",
        "validation_images": recipe.images_per_patient * len(held_out),
    }


def _predict(network: PlaneNetwork, calibration: Calibration, images: Batch) -> dict[str, NDArray[Any]]:
    """Outputs of the deployed network by name."""
    pixels = torch.from_numpy(images["pixels"].astype(np.float32)[:, None] / 255.0)
    outputs = predict_all(network, calibration, pixels)
    return {name: output.numpy() for name, output in zip(OUTPUTS, outputs, strict=True)}
