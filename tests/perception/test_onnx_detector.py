"""The shipped detector on simulated necks it has not seen, and its refusals at the door."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.errors import InputError
from sonoreach.perception.model_card import DEFAULT_MODEL
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneEstimate, PlaneSpec
from sonoreach.types.pose import Pose

PLANES = ("right_transverse", "right_longitudinal", "isthmus_transverse", "left_transverse", "left_longitudinal")


def spec(name: str) -> PlaneSpec:
    return PlaneSpec(name, "", "", "transverse", "right")


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return OnnxDetector()


@pytest.fixture(scope="module")
def seen(detector: OnnxDetector) -> dict[str, PlaneEstimate]:
    """Estimates at the true standard planes of a patient, the face pressed in by 4 mm."""
    patient = Patient.from_seed(10_900)
    front_end, beamform = SimulatedFrontEnd(patient), BModeBeamformer()
    estimates = {}
    for frame_id, (name, plane) in enumerate(patient.standard_planes().items()):
        pose = plane @ Pose(np.array([0.0, 0.0, 0.004]))
        data = front_end.acquire(3.0, frame_id, pose)
        assert data is not None
        estimates[name] = detector.detect(beamform(data), spec(name))
    return estimates


def black() -> BModeImage:
    return BModeImage(np.zeros((352, 240), np.uint8), -0.027, 0.000226, 0.0005, 0.00012, stamp_s=7.0, frame_id=3)


@pytest.mark.parametrize("plane", PLANES)
def test_a_standard_plane_is_recognised_where_it_is(seen: dict[str, PlaneEstimate], plane: str) -> None:
    estimate = seen[plane]
    assert estimate.probability > 0.4 and estimate.quality > 0.6 and estimate.contact > 0.85
    assert estimate.offset is not None
    assert abs(estimate.offset.x_m) < 0.006 and abs(estimate.offset.y_m) < 0.008
    assert abs(estimate.offset.yaw_rad) < 0.35 and estimate.offset.y_std_m > 0
    assert {s.structure for s in estimate.structures} >= {"thyroid"}


def test_transverse_planes_show_the_airway(seen: dict[str, PlaneEstimate]) -> None:
    for plane in ("right_transverse", "isthmus_transverse", "left_transverse"):
        trachea = next(s for s in seen[plane].structures if s.structure == "trachea")
        side = {"right_transverse": 1, "isthmus_transverse": 0, "left_transverse": -1}[plane]
        assert trachea.x_m * side > 0 if side else abs(trachea.x_m) < 0.005


def test_nothing_is_recognised_on_a_black_image(detector: OnnxDetector) -> None:
    estimate = detector.detect(black(), spec("isthmus_transverse"))
    assert (estimate.stamp_s, estimate.frame_id) == (7.0, 3)
    assert estimate.plane == "" and estimate.offset is None and not estimate.qualified
    assert estimate.contact < 0.2 and estimate.quality < 0.3


def test_an_unknown_plane_never_qualifies(detector: OnnxDetector) -> None:
    estimate = detector.detect(black(), spec("knee"))
    assert estimate.probability == 0.0 and estimate.offset is None and not estimate.qualified


def test_the_hash_is_that_of_the_file(detector: OnnxDetector) -> None:
    assert detector.model_hash == hashlib.sha256(DEFAULT_MODEL.read_bytes()).hexdigest()
    assert DEFAULT_MODEL.stat().st_size < 5e6


def copy_model(folder: Path) -> Path:
    for suffix in (".onnx", ".yaml"):
        shutil.copy(DEFAULT_MODEL.with_suffix(suffix), folder / f"m{suffix}")
    return folder / "m.onnx"


def test_altered_and_foreign_models_are_refused(tmp_path: Path) -> None:
    path = copy_model(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="altered"):
        OnnxDetector(path)
    change_card(path, sha256=hashlib.sha256(b"no network").hexdigest())
    path.write_bytes(b"no network")
    with pytest.raises(InputError, match="not an ONNX network"):
        OnnxDetector(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": {"rows": 64, "columns": 64, "width_mm": 54, "depth_mm": 43}}, "its card asks for"),
        ({"planes": ["right_transverse"]}, "tells 5 planes apart"),
    ],
)
def test_a_card_of_another_network_is_refused(tmp_path: Path, change: dict, words: str) -> None:
    path = copy_model(tmp_path)
    change_card(path, **change)
    with pytest.raises(InputError, match=words):
        OnnxDetector(path)


def test_a_class_without_a_name_is_refused(tmp_path: Path) -> None:
    path = copy_model(tmp_path)
    change_card(path, classes=["none"])
    noise = np.random.default_rng(0).integers(0, 255, (352, 240)).astype(np.uint8)
    noise[100:] = 0
    with pytest.raises(InputError, match="its card names 1 classes"):
        OnnxDetector(path).predict(BModeImage(noise, -0.027, 0.000226, 0.0005, 0.00012))


def change_card(path: Path, **changes: object) -> None:
    card = yaml.safe_load(path.with_suffix(".yaml").read_text())
    path.with_suffix(".yaml").write_text(yaml.safe_dump(card | changes))
