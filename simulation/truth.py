"""What only a simulation knows: the true value of a measurement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.measurement import Measurement

PER_SI = {"mm": 1e3, "mL": 1e6}


def with_truth(measurements: Iterable[Measurement], patient: Patient) -> list[Measurement]:
    """Attach the true value to each measurement that the patient knows of."""
    truth = patient.true_sizes_m()
    return [
        replace(m, truth=truth[m.name] * PER_SI[m.unit]) if m.name in truth and m.unit in PER_SI else m
        for m in measurements
    ]
