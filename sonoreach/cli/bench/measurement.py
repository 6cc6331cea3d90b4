"""`sonoreach bench measurement`: errors of the measurements at the true standard planes of simulated patients."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import numpy as np

from sonoreach.cli.bench.steering import parse_seeds
from sonoreach.perception.measure import MEASURES
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.types.measurement import Measurement


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's arguments."""
    parser.add_argument("--patients", default="11000-11019", metavar="A-B", help="seeds (default %(default)s)")
    parser.add_argument("--model", metavar="ONNX", help="another model, its card beside it")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure every patient; errors are absolute, their medians in mm and, of volumes, in percent."""
    from sonoreach.policies.training.measurement_errors import errors_of, measure_patients

    seeds = parse_seeds(args.patients)
    measurements = measure_patients(OnnxDetector(args.model), seeds)
    figures: dict[str, Any] = {"patients": len(seeds)}
    for name in MEASURES:
        errors = np.array(errors_of(measurements, name))
        taken = [m for m in measurements if m.name == name]
        figures[f"{name}_obtained_fraction"] = errors.size / max(1, len(taken))
        if errors.size:
            figures[f"{name}_error_median_mm"] = float(np.median(np.abs(errors)))
            figures[f"{name}_bias_mm"] = float(np.median(errors))
    for side in ("right", "left"):
        errors = np.array(list(_relative(m for m in measurements if m.name == f"{side}_lobe_volume")))
        if errors.size:
            figures[f"{side}_lobe_volume_error_median_percent"] = float(100 * np.median(np.abs(errors)))
    figures["within_2_uncertainties_fraction"] = coverage(measurements)
    return figures


def coverage(measurements: list[Measurement]) -> float:
    """Fraction of obtained measurements whose truth lies within two stated uncertainties."""
    known = [
        abs(m.value - m.truth) <= 2 * m.uncertainty
        for m in measurements
        if m.value is not None and m.truth is not None and m.uncertainty is not None
    ]
    return float(np.mean(known)) if known else 0.0


def _relative(measurements: Iterable[Measurement]) -> Iterable[float]:
    """Errors relative to the truth."""
    return [m.value / m.truth - 1 for m in measurements if m.value is not None and m.truth]
