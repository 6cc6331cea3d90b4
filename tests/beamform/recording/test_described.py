"""Files of others, read by their description: MATLAB 5, MATLAB 7.3 and HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
import yaml

from sonoreach.beamform.recording.open import open_recording
from sonoreach.errors import InputError
from sonoreach.types.channel_data import TransmitKind

DISK = Path(__file__).parents[4] / "shared/data/channel/PWI_disk.mat"
BASE: dict[str, Any] = {
    "samples": {"array": "acq.rf", "axes": ["sample", "element", "transmit", "frame"]},
    "sampling_frequency_hz": "acq.fs",
    "center_frequency_hz": 5e6,
    "start_time_s": {"array": "acq.t0_us", "scale": 1e-6},
    "frame_rate_hz": 500,
    "probe": {"pitch_m": "acq.pitch"},
    "transmits": {"angles_deg": "acq.angles"},
}
RF = np.random.default_rng(0).integers(-900, 900, (300, 16, 3, 2)).astype(np.int16)
STRUCT = {"rf": RF, "fs": 20e6, "t0_us": 1.5, "pitch": 3e-4, "angles": np.array([-5.0, 0.0, 5.0])}


def describe(folder: Path, **changes: Any) -> Path:
    path = folder / "what.yaml"
    path.write_text(yaml.safe_dump({**BASE, **changes}), encoding="utf-8")
    return path


def matlab5(folder: Path, **changes: Any) -> Path:
    path = folder / "data.mat"
    scipy.io.savemat(path, {"acq": {**STRUCT, **changes}})
    return path


def matlab73(folder: Path) -> Path:
    """As MATLAB writes it: HDF5 with reversed axes behind a header of 512 bytes."""
    path = folder / "data73.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in STRUCT.items():
            file[f"acq/{name}"] = np.atleast_2d(np.asarray(value)).T if np.ndim(value) < 2 else np.asarray(value).T
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116))
    return path


@pytest.mark.parametrize("write", [matlab5, matlab73])
def test_rf_of_matlab(tmp_path: Path, write: Any) -> None:
    recording = open_recording(write(tmp_path), describe(tmp_path))
    data = recording.frame(1)
    assert np.array_equal(data.samples, RF[:, :, :, 1].transpose(2, 1, 0))
    assert data.samples.dtype == np.int16
    assert (data.sampling_frequency_hz, data.start_time_s, data.stamp_s) == (20e6, 1.5e-6, 1 / 500)
    assert [round(np.degrees(t.angle_rad)) for t in data.transmits] == [-5, 0, 5]
    assert np.allclose(np.diff(data.probe.element_positions_m[:, 0]), 3e-4)


def test_complex_iq_of_plain_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    iq = (RF[..., 0] + 1j * RF[..., 1]).astype(np.complex64)  # sample, element, transmit
    with h5py.File(path, "w") as file:
        file["iq"] = iq
        file["x"] = np.arange(16) * 2e-4
    description = describe(
        tmp_path,
        samples={"array": "iq", "axes": ["sample", "element", "transmit"]},
        sampling_frequency_hz=20e6,
        start_time_s=0,
        demodulation_frequency_hz=5e6,
        probe={"element_positions_m": "x"},
        transmits={"sources_m": [[0, 0, -0.01], [0, 0, -0.02], [0, 0, 0.03]]},
    )
    data = open_recording(path, description).frame(0)
    assert np.array_equal(data.samples[2, 3, :, 1], iq[:, 3, 2].imag)
    assert [t.kind for t in data.transmits] == [TransmitKind.DIVERGING, TransmitKind.DIVERGING, TransmitKind.FOCUSED]


def test_the_disk_needs_no_description() -> None:
    if not DISK.is_file():
        pytest.skip("no ../shared/data")
    recording = open_recording(DISK)
    data = recording.frame(31)
    assert (recording.n_frames, recording.ensemble, recording.frame_rate_hz) == (32, True, 1e4)
    assert data.samples.shape == (1, 128, 334)
    assert (data.start_time_s, data.sound_speed_m_s) == (9.95e-6, 1480.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"samples": {"array": "acq.none", "axes": ["sample", "element"]}}, "acq.none is missing"),
        ({"samples": {"array": "acq.rf", "axes": ["sample", "element"]}}, "must have the 2 axes"),
        ({"samples": {"array": "acq.rf", "axes": ["sample", "sample"]}}, "different names"),
        ({"samples": {"array": "acq.rf"}}, "samples.axes is missing"),
        ({"sampling_frequency_hz": "nowhere"}, "nowhere is missing"),
        ({"sampling_frequency_hz": -1}, "above 0"),
        ({"sampling_frequency_hz": "acq.angles"}, "one number, got 3"),
        ({"center_frequency_hz": 9e6}, "Nyquist zone"),
        ({"transmits": {"angles_deg": [0.0]}}, "the 3 transmits of the samples, got 1"),
        ({"transmits": {"angles_deg": [0.0, 1.0, 95.0]}}, "within 80°"),
        ({"probe": {"pitch_m": 0}}, "pitch_m"),
        ({"probe": {}}, "either pitch_m or"),
        ({"probe": {"pitch_m": 1e-4, "pitch": 1}}, "unknown field probe.pitch"),
        ({"demodulation_frequency_hz": 5e6}, "RF samples need none"),
        ({"start_time_s": {"array": "acq.t0_us", "factor": 2}}, "array, scale"),
        ({"ensemble": "yes"}, "ensemble must be true or false"),
        ({"samples": {"array": "acq.rf", "axes": ["sample", {"a": 1}]}}, "axes must be a list of names"),
        (
            {"start_time_s": {"array": "acq.t0_us", "scale": "abc"}},
            "got 'acq.t0_us', scale 'abc'",
        ),
        ({"start_time_s": {"array": "acq.t0_us", "scale": [1]}}, "must be real numbers"),
        ({"start_time_s": 10**400}, "start_time_s must be real numbers"),
        ({"transmits": {"sources_m": [1.0, 2.0]}}, r"sources_m must have shape \(n, 3\)"),
        ({"probe": {"pitch_m": 1e-4, "element_width_m": []}}, "element_width_m must be one number, got 0"),
    ],
)
def test_bad_descriptions_are_refused(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        open_recording(matlab5(tmp_path), describe(tmp_path, **changes))


def test_numbers_may_be_written_as_yaml_does_not_know_them(tmp_path: Path) -> None:
    assert yaml.safe_load("5.0e6") == "5.0e6"
    path = describe(tmp_path, center_frequency_hz="5.0e6")
    assert open_recording(matlab5(tmp_path), path).probe.center_frequency_hz == 5e6


@pytest.mark.parametrize("text", ["day: 2021-02-30", f"number: {'9' * 5000}", "a: [", "\x00"])
def test_yaml_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InputError, match=r"bad.yaml"):
        open_recording(matlab5(tmp_path), tmp_path / "bad.yaml")


def test_small_samples_are_scaled(tmp_path: Path) -> None:
    tiny = tmp_path / "field.mat"
    scipy.io.savemat(tiny, {"rf": 1e-20 * np.random.default_rng(1).standard_normal((400, 8))})
    samples = {"array": "rf", "axes": ["sample", "element"]}
    about = {"transmits": {"angles_deg": [0.0]}, "probe": {"pitch_m": 3e-4}, "sampling_frequency_hz": 40e6}
    changes = {"start_time_s": 0.0, **about}
    with pytest.raises(InputError, match=r"scale all frames by one number \(of files: samples.scale"):
        open_recording(tiny, describe(tmp_path, samples=samples, **changes))
    scaled = open_recording(tiny, describe(tmp_path, samples={**samples, "scale": 1e23}, **changes))
    assert 500 < np.std(scaled.frame(0).samples) < 2000
    with pytest.raises(InputError, match=r"samples.scale must be a number other than 0, got 0"):
        open_recording(tiny, describe(tmp_path, samples={**samples, "scale": 0}, **changes))


def test_a_shipped_description_serves_by_its_name_and_others_are_refused(tmp_path: Path) -> None:
    path = matlab5(tmp_path)
    with pytest.raises(InputError, match="is missing"):  # read as PWI_disk.mat, whose arrays are others
        open_recording(path, Path("pwi_disk"))
    with pytest.raises(InputError, match=r"or a known name \(pwi_disk\)"):
        open_recording(path)
    nested = tmp_path / "nested.yaml"
    nested.write_text("samples: " + "[" * 5000)
    with pytest.raises(InputError, match="cannot be read as YAML"):
        open_recording(path, nested)
    junk = tmp_path / "junk.h5"
    junk.write_bytes(b"junk")
    with pytest.raises(InputError, match="is not an HDF5 file"):
        open_recording(junk)


def test_samples_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    rf = RF.astype(np.float32)
    rf[5, 3, 1, 1] = np.nan
    with pytest.raises(InputError, match="1 non-finite"):
        open_recording(matlab5(tmp_path, rf=rf), describe(tmp_path))


@pytest.mark.parametrize("kept", [0, 100, 3000, 0.9])
def test_truncated_files_are_refused(tmp_path: Path, kept: float) -> None:
    path = matlab5(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept if kept >= 1 or kept == 0 else kept * len(content))])
    with pytest.raises(InputError):
        open_recording(path, describe(tmp_path))


def test_files_without_a_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file"):
        open_recording(tmp_path / "none.mat")
    with pytest.raises(InputError, match="needs --describe"):
        open_recording(matlab5(tmp_path))
    bad = tmp_path / "bad.yaml"
    bad.write_text("samples: [", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        open_recording(matlab5(tmp_path), bad)
