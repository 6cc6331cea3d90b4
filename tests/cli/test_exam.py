"""`sonoreach exam`: bad input ends with code 2 and one sentence before anything starts."""

from pathlib import Path

import numpy as np
import pytest

from sonoreach.beamform.recording.hdf5_layout import write_recording
from sonoreach.cli.main import main
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent

PROTOCOL = """
name: mine
title: Mine
title_zh: 我的
region: thyroid
force_n: {force}
planes: []
{rest}
"""


def refuse(capsys: pytest.CaptureFixture[str], out: Path, *arguments: str) -> str:
    before = sorted(out.parent.rglob("*"))
    assert main(["exam", "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert sorted(out.parent.rglob("*")) == before, "nothing is left behind"
    assert said.startswith("sonoreach exam: ") and "\n" not in said
    return said


@pytest.mark.parametrize("lockstep", [(), ("--lockstep",)])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--protocol", "knee"), "unknown protocol 'knee', known: "),
        (("--patient", "-1"), "unknown patient -1, allowed 0 to"),
        (("--patient", str(2**31)), "allowed 0 to 2147483647"),
        (("--planes", "sagittal"), "no plane 'sagittal', known: "),
        (("--model", "/nowhere/m.onnx"), "model file /nowhere/m.onnx is missing"),
        (("--protocol", "/nowhere/p.yaml"), "cannot be read"),
    ],
)
def test_refuses(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
    lockstep: tuple[str, ...],
) -> None:
    assert words in refuse(capsys, tmp_path / "exam", *arguments, *lockstep)


@pytest.mark.parametrize(
    ("text", "words"),
    [(PROTOCOL.format(force=9.0, rest=""), "force_n"), (PROTOCOL.format(force=3.0, rest="colour: red"), "colour")],
)
def test_refuses_a_bad_protocol_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert words in refuse(capsys, tmp_path / "exam", "--protocol", str(path))


def test_refuses_an_output_folder_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.txt").write_text("someone's file")
    assert "not empty" in refuse(capsys, tmp_path)


def recording_of(path: Path, patient: int) -> Path:
    frame = ChannelData(
        np.zeros((1, 2, 64, 2), np.int16),
        sampling_frequency_hz=10e6,
        demodulation_frequency_hz=5e6,
        start_time_s=0.0,
        sound_speed_m_s=1540.0,
        probe=ProbeGeometry("pair", np.zeros((2, 3)), element_width_m=1e-4, center_frequency_hz=5e6),
        transmits=(TransmitEvent(),),
        source=f"simulated patient {patient}",
    )
    write_recording(path, [frame], frame_rate_hz=20.0)
    return path


def test_refuses_to_play_the_recording_of_another_patient(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording_of(tmp_path / "r.h5", 3)
    said = refuse(capsys, tmp_path / "exam", "--play", str(path), "--patient", "4")
    assert "is of simulated patient 3, not of patient 4" in said


def test_refuses_to_play_in_lockstep_or_what_is_no_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording_of(tmp_path / "r.h5", 3)
    assert "leave --lockstep away" in refuse(capsys, tmp_path / "exam", "--play", str(path), "--lockstep")
    assert "/nowhere/r.h5 is not a file" in refuse(capsys, tmp_path / "exam", "--play", "/nowhere/r.h5")
    path.write_text("no recording")
    assert "cannot be read as HDF5" in refuse(capsys, tmp_path / "exam", "--play", str(path))


def test_refuses_an_altered_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = Path(__file__).parents[2] / "policies" / "models" / "thyroid.onnx"
    model = tmp_path / "thyroid.onnx"
    model.write_bytes(shipped.read_bytes() + b"x")
    model.with_suffix(".yaml").write_bytes(shipped.with_suffix(".yaml").read_bytes())
    assert "altered" in refuse(capsys, tmp_path / "exam", "--model", str(model))
