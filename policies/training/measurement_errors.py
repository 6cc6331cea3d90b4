"""Errors of the measurements on simulated patients: taken at the true standard planes, against the true sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.perception.measure import derive_volumes, measure_plane
from sonoreach.perception.measure.plane import kind_of
from sonoreach.perception.model_card import MeasurementError
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.policies.training.poses import place_on_skin, press_to_force
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import Orientation, PlaneSpec, Side
from sonoreach.types.probe import ProbeState

FORCE_N = 3.0  # of the thyroid protocol; pressure flattens the gland


def plane_spec(name: str) -> PlaneSpec:
    """A standard plane by its name, with what is measured on it."""
    side: Side = "right" if name.startswith("right") else "left" if name.startswith("left") else "middle"
    orientation: Orientation = "longitudinal" if name.endswith("_longitudinal") else "transverse"
    if side == "middle":
        names: tuple[str, ...] = ("isthmus_thickness",)
    elif orientation == "longitudinal":
        names = (f"{side}_lobe_length",)
    else:
        names = (f"{side}_lobe_width", f"{side}_lobe_depth")
    return PlaneSpec(name, name, name, orientation, side, measurements=names)


def measure_patients(detector: OnnxDetector, seeds: Iterable[int], time_s: float = 1.0) -> list[Measurement]:
    """All measurements of some patients, with their truth, the volumes behind the diameters of each patient."""
    results: list[Measurement] = []
    for seed in seeds:
        results += measure_patient(detector, Patient.from_seed(seed), time_s)
    return results


def measure_patient(detector: OnnxDetector, patient: Patient, time_s: float) -> list[Measurement]:
    """Place the probe at each true standard plane, capture and measure."""
    front_end, beamformer = SimulatedFrontEnd(patient), BModeBeamformer()
    found: list[Measurement] = []
    for frame_id, (name, plane) in enumerate(patient.standard_planes().items()):
        spec = plane_spec(name)
        touching = place_on_skin(patient, plane, np.zeros(2), 0.0, np.zeros(2), 0.0, time_s)
        pose = press_to_force(patient, touching, FORCE_N, time_s)
        data = front_end.acquire(time_s, frame_id, pose)
        if data is None:
            raise RuntimeError(f"the simulated front end gave no frame of plane {name}")
        image = beamformer(data)
        state = ProbeState(stamp_s=time_s, base_probe=pose)
        capture = CapturedPlane(name, image, detector.detect(image, spec), state, time_s)
        found += measure_plane(capture, spec, detector.card.measurement_errors)
    truth = true_values(patient)
    return [_with_truth(m, truth) for m in found + derive_volumes(found)]


def true_values(patient: Patient) -> dict[str, float]:
    """True sizes by measurement name: lengths in mm, volumes in mL."""
    return {name: v * (1e6 if name.endswith("_volume") else 1e3) for name, v in patient.true_sizes_m().items()}


def calibrate(measurements: list[Measurement]) -> dict[str, MeasurementError]:
    """Mean error and standard deviation of each kind of diameter, wild errors capped at six median deviations."""
    result = {}
    for kind in sorted({kind_of(m.name) for m in measurements if m.unit == "mm"}):
        names = sorted({m.name for m in measurements if kind_of(m.name) == kind})
        errors = np.concatenate([errors_of(measurements, name) for name in names])
        if errors.size >= 3:
            middle = np.median(errors)
            reach = 6 * max(float(np.median(np.abs(errors - middle))), 0.1)
            capped = np.clip(errors, middle - reach, middle + reach)
            result[kind] = MeasurementError(round(float(capped.mean()), 2), round(float(capped.std()), 2))
    return result


def errors_of(measurements: list[Measurement], name: str) -> list[float]:
    """Value minus truth of each obtained measurement of a name."""
    return [m.value - m.truth for m in measurements if m.name == name and m.value is not None and m.truth is not None]


def _with_truth(m: Measurement, truth: dict[str, float]) -> Measurement:
    """The same measurement with its true value."""
    return replace(m, truth=truth.get(m.name))
