"""Measurements of a lock-step exam, with the truth that only a simulation knows."""

from __future__ import annotations

from collections.abc import Iterable

from sonoreach.perception.detector import Detector
from sonoreach.perception.measure import derive_volumes, measure_plane
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.policies.protocol import Protocol
from sonoreach.simulation.patient.patient import Patient
from sonoreach.simulation.truth import with_truth
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.measurement import Measurement


def measure_capture(
    capture: CapturedPlane, protocol: Protocol, patient: Patient, detector: Detector
) -> list[Measurement]:
    """Every measurement that a captured plane asks for, its error from the detector's card, truth attached."""
    errors = detector.card.measurement_errors if isinstance(detector, OnnxDetector) else {}
    return with_truth(measure_plane(capture, protocol.plane(capture.plane).spec, errors), patient)


def volumes(measurements: Iterable[Measurement], patient: Patient) -> list[Measurement]:
    """Volumes that follow from the measurements, truth attached."""
    return with_truth(derive_volumes(measurements), patient)
