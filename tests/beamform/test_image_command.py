"""`sonoreach image`: files appear complete or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from sonoreach.beamform.device import why_no_cuda
from sonoreach.beamform.recording.hdf5_layout import write_recording
from sonoreach.cli.main import main

from .reference import linear_probe, random_frame


def record(path: Path, ensemble: bool) -> Path:
    frames = [random_frame(seed, probe=linear_probe(16), n_samples=300) for seed in range(4)]
    write_recording(path, frames, frame_rate_hz=1000.0, ensemble=ensemble)
    return path


@pytest.mark.parametrize("clutter", ["none", "polynomial", "svd"])
def test_ensemble_gives_grey_and_colour(tmp_path: Path, clutter: str) -> None:
    out = tmp_path / "out"
    assert main(["image", str(record(tmp_path / "a.h5", True)), "--out", str(out), "--clutter", clutter]) == 0
    names = {p.name for p in out.iterdir()}
    assert {"bmode.png", "bmode_0003.png", "bmode_0003.dcm", "colour.png", "colour.dcm", "image.json"} <= names
    report = json.loads((out / "image.json").read_text())
    grey = cv2.imread(str(out / "bmode_0000.png"), cv2.IMREAD_UNCHANGED)
    dicom = pydicom.dcmread(out / "bmode_0000.dcm")
    assert np.array_equal(dicom.pixel_array, grey)
    region = dicom.SequenceOfUltrasoundRegions[0]
    assert float(region.PhysicalDeltaX) == pytest.approx(report["dx_m"] * 100)
    assert report["dz_m"] == pytest.approx(1540 / 5e6 / 3, rel=0.02)  # a third of the wavelength
    assert pydicom.dcmread(out / "colour.dcm").pixel_array.shape == (*grey.shape, 3)


def test_frames_that_are_no_ensemble_stay_grey(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["image", str(record(tmp_path / "a.h5", False)), "--out", str(out), "--frames", "2"]) == 0
    assert sorted(p.name for p in out.glob("*.dcm")) == ["bmode_0000.dcm", "bmode_0001.dcm"]


@pytest.mark.parametrize("f_number", ["0.8", "3"])
def test_the_first_row_has_no_black_comb(tmp_path: Path, f_number: str) -> None:
    out = tmp_path / "out"
    assert main(["image", str(record(tmp_path / "a.h5", False)), "--out", str(out), "--f-number", f_number]) == 0
    grey = cv2.imread(str(out / "bmode_0000.png"), cv2.IMREAD_UNCHANGED)
    assert (grey[0] > 0).mean() > 0.9  # noise: points between two elements used to be black


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        (["--frames", "9"], "--frames must lie in 1 to 4, got 9"),
        (["--depth-mm", "500"], "depth must lie in"),
        (["--spacing-mm", "-1"], "spacing_m must lie in"),
        (["--spacing-mm", "0"], "spacing_m must lie in"),
        (["--f-number", "-1"], "f_number must lie in"),
        (["--sound-speed", "3"], "--sound-speed must lie in"),
        (["--clutter", "svd", "--clutter-order", "4"], "n_components"),
    ],
)
def test_refusals_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], sentence: str
) -> None:
    path = record(tmp_path / "a.h5", True)
    assert main(["image", str(path), "--out", str(tmp_path / "out"), *extra]) == 2
    assert sentence in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]


def test_a_full_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert main(["image", str(record(tmp_path / "a.h5", True)), "--out", str(out)]) == 2
    assert "out" in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(not why_no_cuda(), reason="a card can be used here")
def test_a_card_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path / "a.h5", False)
    assert main(["image", str(path), "--out", str(tmp_path / "out"), "--device", "cuda"]) == 2
    assert "device cuda cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
