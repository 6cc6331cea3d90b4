"""`sonoreach measure` and its benchmark, from the command line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.cli.bench.measurement import coverage
from sonoreach.cli.main import main
from sonoreach.perception.resample import ImageGrid, resample
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient
from sonoreach.types.measurement import Measurement
from sonoreach.types.pose import Pose

PICTURE = ImageGrid.over(430, 540, 0.054, 0.043)  # 0.1 mm pixels


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A right transverse plane as a PNG file."""
    patient = Patient.from_seed(10_901)
    pose = patient.standard_planes()["right_transverse"] @ Pose(np.array([0.0, 0.0, 0.004]))
    data = SimulatedFrontEnd(patient).acquire(3.0, 0, pose)
    assert data is not None
    image = BModeBeamformer()(data)
    path = tmp_path_factory.mktemp("measure") / "right.png"
    cv2.imwrite(str(path), resample(image.pixels, ImageGrid.of(image), PICTURE))
    return path


def test_a_picture_is_measured(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    arguments = ["measure", str(picture), "--spacing-mm", "0.1", "--plane", "right_transverse", "--json", str(out)]
    assert main(arguments) == 0
    assert "right_lobe_width" in capsys.readouterr().out
    (result,) = json.loads(out.read_text())
    assert {s["structure"] for s in result["structures"]} >= {"thyroid", "trachea", "carotid"}
    truth = Patient.from_seed(10_901).true_sizes_m()
    for m in result["measurements"]:
        assert m["value"] == pytest.approx(truth[m["name"]] * 1e3, abs=4.0)
        assert m["unit"] == "mm" and m["uncertainty"] > 0 and len(m["calipers_m"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.png"], "does not exist"),
        (["PICTURE"], "--spacing-mm"),
        (["PICTURE", "--spacing-mm", "0.1", "--plane", "knee"], "'knee'"),
        (["PICTURE", "--spacing-mm", "0.1", "--model", "no.onnx"], "missing"),
        (["PICTURE", "--spacing-mm", "0.1", "--json", "/nowhere/out.json"], "cannot be written"),
    ],
)
def test_bad_input_ends_with_two(
    picture: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [str(picture) if a == "PICTURE" else a for a in arguments]
    assert main(["measure", *filled]) == 2
    captured = capsys.readouterr()
    assert words in captured.err and captured.out == ""


def test_coverage_counts_what_lies_within_two_uncertainties() -> None:
    def taken(value: float | None) -> Measurement:
        return Measurement("isthmus_thickness", "p", value, "mm", "", 1.0 if value else None, truth=4.0)

    assert coverage([taken(4.5), taken(5.9), taken(6.5), taken(None)]) == pytest.approx(2 / 3)
