"""Raw data of Clarius scanners: written here as the scanner writes them, and a carotid that it recorded."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
import yaml

from sonoreach.beamform.doppler.clutter import high_pass, remove_polynomial, remove_singular
from sonoreach.beamform.line_images import LineImager
from sonoreach.beamform.recording.clarius import open_clarius
from sonoreach.cli.main import main
from sonoreach.errors import InputError

CAROTID = Path(__file__).parents[4] / "shared/data/channel/clarius_carotid_doppler_iq.raw"
SHAPE = (2, 5, 40, 8)  # frames, lines, samples, pulses


def echoes() -> np.ndarray[Any, Any]:
    """Echoes that advance by 0.5 rad a pulse on every line but the first, which stands still."""
    rng = np.random.default_rng(3)
    still = 3000 * (rng.standard_normal(SHAPE[:3]) + 1j * rng.standard_normal(SHAPE[:3]))
    step = np.where(np.arange(SHAPE[1]) == 0, 0.0, 0.5)
    return np.asarray(still[..., None] * np.exp(1j * step[:, None, None] * np.arange(SHAPE[3])))


def write(folder: Path, samples: np.ndarray[Any, Any], *, order: str = "pulses last", **changes: Any) -> Path:
    """A .raw and its .yml; samples of shape (frames, lines, samples, pulses), complex for IQ, real for RF."""
    n_frames, n_lines, n_samples, n_pulses = samples.shape
    if order == "pulses first":
        samples = samples.swapaxes(2, 3)
    iq = np.iscomplexobj(samples)
    numbers = np.stack([samples.real, samples.imag], -1) if iq else samples
    path = folder / "scan.raw"
    with path.open("wb") as file:
        file.write(struct.pack("<5i", 0, n_frames, n_lines * n_pulses, n_samples, 4 if iq else 2))
        for frame in np.rint(numbers).astype("<i2"):
            file.write(struct.pack("<q", 1_000_000) + frame.tobytes())
    about: dict[str, Any] = {
        "frames": n_frames,
        "transmit frequency": "5 MHz",
        "size": {"samples per line": n_samples, "number of lines": n_lines * n_pulses, "sample size": "4 bytes"},
        "type": "IQ" if iq else "RF",
        "compression": "none",
        "sampling rate": "15 MHz",
        "delay samples": 10,
        "lines": [{"rx element": 30 + k // n_pulses, "angle": "15 °"} for k in range(n_lines * n_pulses)],
    } | changes
    text = yaml.safe_dump({k: v for k, v in about.items() if v is not None}, allow_unicode=True)
    path.with_suffix(".yml").write_text(text + "tgc: { 0.00mm, 23.00dB }{ 30.00mm, 26.00dB }\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("order", ["pulses last", "pulses first"])
def test_samples_come_back_in_either_order(tmp_path: Path, order: str) -> None:
    recording = open_clarius(write(tmp_path, echoes(), order=order), pitch_m=0.2e-3, sound_speed_m_s=1500.0)
    assert recording.echoes.shape == SHAPE
    assert np.abs(recording.echoes - echoes()).max() < 1
    first, last = recording.grid.points_m()[0, 0], recording.grid.points_m()[-1, -1]
    per_sample_m, angle = 1500 / 2 / 15e6, np.radians(15)
    assert first == pytest.approx([-0.4e-3 + 10 * per_sample_m * np.sin(angle), 0, 10 * per_sample_m * np.cos(angle)])
    assert last == pytest.approx([0.4e-3 + 49 * per_sample_m * np.sin(angle), 0, 49 * per_sample_m * np.cos(angle)])


def test_rf_becomes_analytic(tmp_path: Path) -> None:
    envelope = 2000 * np.hanning(400)
    rf = np.tile(envelope * np.cos(2 * np.pi * np.arange(400) / 3), (1, 3, 1))[..., None]
    lines = [{"rx element": k} for k in range(3)]
    recording = open_clarius(write(tmp_path, rf, lines=lines), pitch_m=0.2e-3)
    assert recording.echoes.shape == (1, 3, 400, 1)
    assert np.abs(np.abs(recording.echoes[0, 1, :, 0]) - envelope).max() < 20


@pytest.mark.parametrize("order", ["pulses last", "pulses first"])
def test_rf_keeps_the_direction_of_the_flow(tmp_path: Path, order: str) -> None:
    phase = np.array([-0.5, -1.2, -2.0])
    depth = np.arange(400)[:, None]
    envelope = np.random.default_rng(2).uniform(1000, 3000, (3, 20, 1)).repeat(20, axis=1)
    rf = envelope * np.cos(2 * np.pi * depth / 4 + phase[:, None, None] * np.arange(6))
    recording = open_clarius(write(tmp_path, rf[None], order=order, **{"sampling rate": "20 MHz"}), pitch_m=0.2e-3)
    echoes = recording.echoes[0]
    seen = np.angle((echoes[..., 1:] * echoes[..., :-1].conj()).sum(axis=(1, 2)))
    assert seen == pytest.approx(phase, abs=0.02)


@pytest.mark.parametrize("prf_hz", [None, "3000"])
def test_the_command_draws_grey_and_colour(tmp_path: Path, prf_hz: str | None) -> None:
    out = tmp_path / "out"
    given = ["image", str(write(tmp_path, echoes())), "--pitch-mm", "0.2", "--spacing-mm", "0.05", "--out", str(out)]
    assert main(given + (["--prf-hz", prf_hz] if prf_hz else [])) == 0
    names = {p.name for p in out.iterdir()}
    assert {"bmode.png", "bmode_0001.png", "bmode_0001.dcm", "colour_doppler.png", "colour_0001.dcm"} <= names
    report = json.loads((out / "image.json").read_text())
    assert report["nyquist_m_s"] == (pytest.approx(1540 * 3000 / (4 * 5e6)) if prf_hz else None)
    region = pydicom.dcmread(out / "bmode_0000.dcm").SequenceOfUltrasoundRegions[0]
    assert float(region.PhysicalDeltaX) == pytest.approx(0.005)
    colour = cv2.imread(str(out / "colour_0000.png")).astype(int)
    towards = colour[..., 2] - colour[..., 0]
    grey = cv2.imread(str(out / "bmode_0000.png"), cv2.IMREAD_UNCHANGED)
    assert np.median(towards[grey > 0]) == pytest.approx(2 * 0.5 / np.pi * 255, abs=3)
    assert (grey[:, 0] == 0).sum() > 5  # beside the slanting lines


def test_a_fast_flow_has_no_false_zero_where_its_sign_turns(tmp_path: Path) -> None:
    """Neighbouring lines at 3 and -3 rad a pulse: halfway lies the Nyquist velocity, not rest."""
    step = np.array([3.0, 3.0, -3.0, -3.0])
    depths = np.random.default_rng(5).uniform(2000, 5000, 40)[:, None]
    samples = (depths * np.exp(1j * step[:, None, None] * np.arange(8)))[None]
    recording = open_clarius(write(tmp_path, samples), pitch_m=0.2e-3)
    imager = LineImager(recording, spacing_m=0.02e-3)
    flow = imager.flow(recording.echoes[0], 1000.0, smooth=(1, 1))
    inside = flow.power_db > -100
    assert inside.any()
    assert np.abs(flow.velocity_m_s[inside]).min() > 0.9 * flow.nyquist_m_s


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": "B"}, "type must be IQ or RF, got B"),
        ({"compression": "lzo"}, "compression must be none, got lzo"),
        ({"frames": 3}, "its header says 2 frames, scan.yml says 3"),
        ({"sampling rate": "fast"}, "sampling rate must be a number, got 'fast'"),
        ({"sampling rate": "1.2.3 MHz"}, "sampling rate must be a number, got '1.2.3 MHz'"),
        ({"sampling rate": ". MHz"}, "sampling rate must be a number, got '. MHz'"),
        ({"sampling rate": "15 furlongs"}, "sampling rate must be a number, got '15 furlongs'"),
        ({"transmit frequency": "5 Hz"}, "transmit frequency must lie in 100000 to 1e[+]09, got 5"),
        ({"lines": [{"rx element": 1}] * 40}, "lines must come from one apex at rising angles"),
        ({"lines": [{"rx element": k // 7} for k in range(40)]}, r"listed equally often, got \[5, 7\]"),
        ({"lines": [{"angle": 3}] * 40}, "rx element must be a number, got None"),
        ({"lines": 3}, "lines must be a list"),
        ({"size": None}, "samples per line must be a number|field size is missing"),
    ],
)  # fmt: skip
def test_descriptions_that_do_not_fit(
    tmp_path: Path, changes: dict[str, Any], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path, echoes(), **changes), tmp_path / "out"
    assert main(["image", str(path), "--pitch-mm", "0.2", "--out", str(out)]) == 2
    assert re.search(sentence, capsys.readouterr().err)
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "give --pitch-mm"),
        (["--pitch-mm", "0"], "pitch_m must lie in"),
        (["--pitch-mm", "0.2", "--prf-hz", "nan"], "--prf-hz must lie in"),
        (["--pitch-mm", "0.2", "--frames", "3"], "--frames must lie in 1 to 2, got 3"),
        (["--pitch-mm", "0.2", "--spacing-mm", "0.0001"], "pixels [(]allowed"),
        (["--pitch-mm", "0.2", "--depth-mm", "9"], "are for channel data, not lines"),
        (["--pitch-mm", "0.2", "--f-number", "2"], "are for channel data, not lines"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", str(write(tmp_path, echoes())), "--out", str(tmp_path / "out"), *more]) == 2
    assert re.search(sentence, capsys.readouterr().err)


def test_files_that_are_cut_off_or_no_files(tmp_path: Path) -> None:
    path = write(tmp_path, echoes())
    whole = path.read_bytes()
    for size in (0, 19, 100, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"too short|is it complete"):
            open_clarius(path, pitch_m=0.2e-3)
    path.with_suffix(".yml").unlink()
    assert main(["image", str(path), "--pitch-mm", "0.2", "--out", str(tmp_path / "out")]) == 2
    path.with_suffix(".yml").write_text("[1, {", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        open_clarius(path, pitch_m=0.2e-3)
    path.with_suffix(".yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        open_clarius(path, pitch_m=0.2e-3)


def test_blood_flows_in_a_real_carotid() -> None:
    """One vessel between walls at rest, whose middle is faster than its edges."""
    if not CAROTID.is_file():
        pytest.skip("no ../shared/data")
    recording = open_clarius(CAROTID, pitch_m=0.2e-3)
    assert recording.echoes.shape == (1, 104, 352, 12)
    flow = LineImager(recording).flow(remove_polynomial(recording.echoes[0], 1), 4 * 5e6 / 1540)
    strong = (flow.power_db > flow.power_db.max() - 20).astype(np.uint8)
    n, labels, stats, _ = cv2.connectedComponentsWithStats(strong)
    vessel = labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])
    assert n > 1 and 0.85 < vessel.sum() / strong.sum() <= 1
    velocity = flow.velocity_m_s  # parts of the Nyquist velocity
    assert (velocity[vessel] > 0).mean() > 0.99
    inside = cv2.distanceTransform(vessel.astype(np.uint8), cv2.DIST_L2, 5)
    middle, edge = np.median(velocity[inside > 15]), np.median(velocity[(inside > 0) & (inside < 6)])
    assert 0.3 < middle < 0.6
    assert edge < 0.75 * middle


@pytest.mark.parametrize(
    "clutter_filter",
    [
        lambda pulses: remove_polynomial(pulses, 2),
        lambda pulses: high_pass(pulses, 0.1),
        lambda pulses: remove_singular(pulses, 2),
        lambda pulses: remove_singular(pulses, 3),
    ],
    ids=["polynomial 2", "FIR", "SVD 2", "SVD 3"],
)
def test_clutter_filters_agree_on_the_carotid(clutter_filter: Callable[[Any], Any]) -> None:
    if not CAROTID.is_file():
        pytest.skip("no ../shared/data")
    recording = open_clarius(CAROTID, pitch_m=0.2e-3)
    imager, found = LineImager(recording), []
    for moving in (remove_polynomial(recording.echoes[0], 1), clutter_filter(recording.echoes[0])):
        flow = imager.flow(moving, 4 * 5e6 / 1540)
        found.append((flow.power_db > flow.power_db.max() - 20, flow.velocity_m_s))
    (one, velocity), (other, other_velocity) = found
    assert (one & other).sum() > 0.8 * (one | other).sum()
    assert np.median(other_velocity[one & other]) == pytest.approx(np.median(velocity[one & other]), abs=0.08)
