"""A small exam made of numbers: images of speckle with ellipses in them, a probe that moves, a force that is held."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sonoreach.reporting.exam_folder import ExamFolder
from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.types.exam import CapturedPlane, PlaneResult
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import Criterion, PlaneEstimate, PlaneSpec, SeenStructure
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState, ProbeState
from sonoreach.types.registration import PatientRegistration
from sonoreach.types.structures import Structure

MODEL_HASH = "5f" * 32
RATE_HZ = 15.0
START_S = 100.0
X_M = np.linspace(-0.027, 0.027, 120)
Z_M = np.linspace(0.0005, 0.0425, 176)
PLANES = (
    PlaneSpec("right_transverse", "Right lobe, transverse", "右叶横切面", "transverse", "right",
              measurements=("right_lobe_width", "right_lobe_depth")),
    PlaneSpec("right_longitudinal", "Right lobe, longitudinal", "右叶纵切面", "longitudinal", "right",
              measurements=("right_lobe_length",)),
    PlaneSpec("isthmus_transverse", "Isthmus, transverse", "峡部横切面", "transverse", "middle",
              measurements=("isthmus_thickness",)),
)  # fmt: skip


def header(**changes: object) -> ExamHeader:
    """A header of a lock-step exam."""
    fields: dict[str, object] = {
        "protocol": "thyroid",
        "title": "Thyroid examination",
        "title_zh": "甲状腺检查",
        "planes": PLANES,
        "patient_id": "SIM-007",
        "patient_name": "Simulated^Patient 7",
        "patient_seed": 7,
        "composition": "lockstep",
        "model_hash": MODEL_HASH,
        "parameters": {"frame_rate_hz": RATE_HZ},
        "force_n": 3.0,
        "probe": "L50-7.5",
        "wall_clock_start": "2026-03-01T09:30:00+08:00",
    }
    return ExamHeader(**(fields | changes))  # type: ignore[arg-type]


def label_map() -> np.ndarray:
    """Thyroid with a nodule, trachea and carotid as ellipses; shape (176, 120)."""
    labels = np.full((Z_M.size, X_M.size), Structure.SOFT, np.uint8)
    for structure, x, z, a, b in (
        (Structure.TRACHEA, 0.020, 0.018, 0.008, 0.008),
        (Structure.THYROID, 0.0, 0.016, 0.009, 0.008),
        (Structure.NODULE, 0.002, 0.017, 0.003, 0.003),
        (Structure.CAROTID, -0.016, 0.020, 0.0035, 0.0035),
    ):
        inside = ((X_M[None] - x) / a) ** 2 + ((Z_M[:, None] - z) / b) ** 2 < 1
        labels[inside] = structure
    return labels


def image(frame: int, seed: int = 0) -> BModeImage:
    """Speckle, brighter in the gland, dark in vessel and trachea."""
    rng = np.random.default_rng([seed, frame])
    level = np.array([0, 90, 80, 60, 130, 90, 15, 20, 15, 160, 70])[label_map()]
    pixels = np.clip(level + rng.normal(0, 18, level.shape), 0, 255).astype(np.uint8)
    pose = Pose.from_axes((0.5 + 0.0004 * frame, -0.02 + 0.0006 * frame, 0.15), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
    return BModeImage(
        pixels, float(X_M[0]), float(X_M[1] - X_M[0]), float(Z_M[0]), float(Z_M[1] - Z_M[0]),
        stamp_s=START_S + frame / RATE_HZ, frame_id=frame, base_probe=pose, center_frequency_hz=7.5e6,
        source="simulated patient 7",
    )  # fmt: skip


def estimate(frame: BModeImage, wanted: str, met: bool) -> PlaneEstimate:
    """What perception says of an image."""
    criteria = (
        Criterion("probability", 0.9 if met else 0.3, 0.5, 1.0, met),
        Criterion("thyroid_area", 2.2e-4, 8e-5, float("inf"), True),
        Criterion("still", 0.001, 0.0, 0.005, True),
    )
    structures = (SeenStructure("thyroid", 2.2e-4, 0.0, 0.016, 0.0),)
    return PlaneEstimate(
        frame.stamp_s, frame.frame_id, frame.base_probe, wanted, wanted if met else "", 0.9 if met else 0.3, 0.8, 0.95,
        None, structures, criteria, label_map(), frame.x0_m, frame.dx_m, frame.z0_m, frame.dz_m, MODEL_HASH,
    )  # fmt: skip


def state(frame: BModeImage) -> ProbeState:
    """The probe pressing with about 3 N."""
    force = 3.0 + 0.2 * np.sin(frame.frame_id / 3)
    wrench = np.array([0.0, 0.0, force, 0.0, 0.0, 0.0])
    return ProbeState(frame.stamp_s, frame.base_probe, wrench=wrench, contact=ContactState.SCAN, target_force_n=3.0)


def registration() -> PatientRegistration:
    """A cylinder of skin."""
    rng = np.random.default_rng(1)
    y, x = rng.uniform(-0.06, 0.06, 400), rng.uniform(0.42, 0.58, 400)
    skin = np.column_stack([x, y, 0.15 - y**2 / 0.12])
    marks = {"sternal_notch": np.array([0.57, 0.0, 0.14]), "chin": np.array([0.42, 0.0, 0.16])}
    return PatientRegistration(skin, marks, 0.004, np.array([-1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


def measurements() -> list[Measurement]:
    """Three values with calipers, a derived one, and one that was not obtained."""
    common = {"unit": "mm", "method": "largest extent of the thyroid's outline across the image"}
    return [
        Measurement("right_lobe_width", "right_transverse", 18.1, uncertainty=0.6, source_frame_ids=(10,),
                    calipers_m=((-0.009, 0.016), (0.009, 0.016)), truth=17.6, **common),
        Measurement("right_lobe_depth", "right_transverse", 16.0, uncertainty=0.5, source_frame_ids=(10,),
                    calipers_m=((0.0, 0.008), (0.0, 0.024)), truth=15.8, **common),
        Measurement("right_lobe_length", "right_longitudinal", None, not_obtained_because="the lobe is cut", **common),
        Measurement("isthmus_thickness", "isthmus_transverse", 3.4, uncertainty=0.4, source_frame_ids=(40,),
                    calipers_m=((0.0, 0.011), (0.0, 0.0144)), truth=3.2, **common),
    ]  # fmt: skip


def fill(folder: ExamFolder, frames: int = 50) -> list[PlaneResult]:
    """Run a small exam into a folder: two planes obtained, one not; returns the results."""
    for number in range(frames):
        wanted = PLANES[min(number * 3 // frames, 2)].name
        frame = image(number)
        judged = estimate(frame, wanted, met=number in (10, 40))
        folder.add_image(frame, judged, state(frame))
        if number % 25 == 0:
            folder.add_event(frame.stamp_s, "phase", plane=wanted, phase="search")
        if number in (10, 40):
            folder.add_capture(CapturedPlane(wanted, frame, judged, state(frame), frame.stamp_s))
            folder.add_event(frame.stamp_s, "capture", plane=wanted)
    for measurement in measurements():
        folder.add_measurement(measurement)
    return [
        PlaneResult("right_transverse", True, 10, 0.8, 1.2),
        PlaneResult("right_longitudinal", False, not_obtained_because="time limit of 40 s reached"),
        PlaneResult("isthmus_transverse", True, 40, 0.8, 1.3),
    ]


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """The makers of this file, for tests that need other pieces."""
    return SimpleNamespace(
        header=header, image=image, estimate=estimate, state=state, registration=registration, fill=fill,
        measurements=measurements, label_map=label_map, planes=PLANES, model_hash=MODEL_HASH,
    )  # fmt: skip


@pytest.fixture(scope="session")
def exam_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished exam folder, made once; not to be changed."""
    folder = ExamFolder(tmp_path_factory.mktemp("exam") / "out", header(), registration())
    return folder.finish(fill(folder))


@pytest.fixture
def copied_folder(exam_folder: Path, tmp_path: Path) -> Path:
    """A copy of the finished exam folder, free to be changed."""
    return Path(shutil.copytree(exam_folder, tmp_path / "copy"))


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[..., ExamFolder]:
    """Makes an exam folder under a name of its own."""
    return lambda name="out", **changes: ExamFolder(tmp_path / name, header(**changes), registration())
