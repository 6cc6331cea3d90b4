"""The exam's header and folder, from what it was started with; the same for both compositions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from sonoreach.perception.model_card import ModelCard
from sonoreach.policies.protocol import Protocol
from sonoreach.reporting.exam_folder import ExamFolder
from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.types.registration import PatientRegistration


def exam_header(
    protocol: Protocol,
    planes: Sequence[str],
    patient: int,
    composition: str,
    *,
    patient_id: str = "",
    patient_name: str = "",
    model: str = "",
    probe: str = "L50-7.5",
    seed: int = 0,
) -> ExamHeader:
    """Put the header together.

    Args:
        protocol: the examination.
        planes: names of the planes to take; empty: all.
        patient: seed of the simulated patient; -1 for a person.
        composition: "graph" or "lockstep".
        patient_id, patient_name: of a person; a simulated patient has its own.
        model: file of the perception model; "" for the one of SonoReach.
        probe: name of the probe.
        seed: seed of everything random besides the patient.

    Raises:
        InputError: a plane is not in the protocol, or the model is missing or altered.
    """
    card = ModelCard.load(model or None)
    card.read_model()
    for name in planes:
        protocol.plane(name)
    simulated = patient >= 0
    return ExamHeader(
        protocol=protocol.name,
        title=protocol.title,
        title_zh=protocol.title_zh,
        planes=tuple(p.spec for p in protocol.planes if not planes or p.spec.name in planes),
        patient_id=f"SIM{patient:010d}" if simulated else patient_id,
        patient_name=f"Simulated^Patient {patient}" if simulated else patient_name,
        patient_seed=patient if simulated else None,
        composition=composition,
        model_hash=card.sha256,
        parameters={"protocol_sha256": protocol.sha256, "transmit_angles_rad": list(protocol.transmit.angles_rad)},
        seed=seed,
        force_n=protocol.force_n,
        probe=probe,
        wall_clock_start=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def next_folder(exams: Path, protocol: str) -> Path:
    """A folder that does not exist yet for an exam that starts now: its start, its protocol, a number if need be."""
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{protocol}"
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(folder for folder in (exams / n for n in names) if not folder.exists())


def open_folder(out: Path, header: ExamHeader, registration: PatientRegistration | None = None) -> ExamFolder:
    """Open the folder of an exam.

    Args:
        out: folder to write; new or empty.
        header: what the exam is.
        registration: where the patient lies, if known; a simulated patient tells by itself.

    Raises:
        InputError: the folder is not empty or cannot be written.
    """
    # The command line checks a header before it starts the nodes, and these would hold it up.
    from sonoreach.control.robot import RobotModel
    from sonoreach.control.skeleton import arm_skeleton
    from sonoreach.simulation.patient.patient import Patient

    seed = header.patient_seed
    if seed is not None:
        registration = Patient.from_seed(seed).registration()
    return ExamFolder(out, header, registration, arm_skeleton(RobotModel.load("panda")))
