"""What an exam is, told before it starts: protocol, patient, software, parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sonoreach import __version__
from sonoreach.types.plane import PlaneSpec


@dataclass(frozen=True)
class ExamHeader:
    """Everything that describes an exam before its first image.

    Attributes:
        protocol: the protocol's name, e.g. "thyroid".
        title, title_zh: its title for people, English and Chinese.
        planes: the planes that are wanted, in order.
        patient_id: identifier of the patient.
        patient_name: DICOM person name, "Family^Given".
        patient_seed: seed of a simulated patient; None for a person.
        composition: "graph" (ROS, real time) or "lockstep" (one process, simulated time).
        model_hash: SHA-256 of the perception model.
        software_version: version of SonoReach.
        parameters: everything that was set for this exam (JSON-like values).
        station: name of the station.
        seed: seed of everything random besides the patient.
        force_n: force asked for by the protocol [N].
        probe: name of the probe.
        wall_clock_start: local start time, ISO 8601; "" when unknown. Never part of the reproducible content.
    """

    protocol: str
    title: str
    title_zh: str
    planes: tuple[PlaneSpec, ...]
    patient_id: str
    patient_name: str
    patient_seed: int | None
    composition: str
    model_hash: str
    software_version: str = __version__
    parameters: dict[str, Any] = field(default_factory=dict)
    station: str = "SonoReach"
    seed: int = 0
    force_n: float = 0.0
    probe: str = ""
    wall_clock_start: str = ""

    @property
    def simulated(self) -> bool:
        """Whether the patient is a simulated one."""
        return self.patient_seed is not None
