"""SonoReach's HDF5 layout: what is written is read again, and nothing half-written stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sonoreach.beamform.recording.front_end import RecordedFrontEnd
from sonoreach.beamform.recording.hdf5_layout import Hdf5Recording, RecordingWriter, write_recording
from sonoreach.beamform.recording.open import open_recording
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose

from ..reference import random_frame


def frames(count: int = 3) -> list[ChannelData]:
    transmits = (TransmitEvent(TransmitKind.PLANE, 0.1), TransmitEvent(TransmitKind.FOCUSED, source_m=(0, 0, 0.02)))
    pose = Pose.from_quaternion([0.1, 0.2, 0.3], [0, 0, 0.6, 0.8])
    return [
        dataclasses.replace(random_frame(k, transmits), stamp_s=0.1 * k, frame_id=10 + k, base_probe=pose, source="s")
        for k in range(count)
    ]


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_recording(path, frames(), frame_rate_hz=25.0, ensemble=True)
    recording = open_recording(path)
    assert (recording.n_frames, recording.frame_rate_hz, recording.ensemble) == (3, 25.0, True)
    for index, wanted in enumerate(frames()):
        got = recording.frame(index)
        assert np.array_equal(got.samples, wanted.samples)
        assert got.samples.dtype == np.int16
        for field in dataclasses.fields(ChannelData):
            if field.name not in ("samples", "probe", "base_probe"):
                assert getattr(got, field.name) == getattr(wanted, field.name), field.name
        assert np.array_equal(got.base_probe.rotation, wanted.base_probe.rotation)
        assert np.array_equal(got.probe.element_positions_m, wanted.probe.element_positions_m)
    recording.close()


def test_refused_frames_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    other = dataclasses.replace(frames()[1], sampling_frequency_hz=25e6)
    with pytest.raises(InputError, match="share one acquisition"):
        write_recording(path, [frames()[0], other], frame_rate_hz=25.0)
    with pytest.raises(InputError, match="at least one frame"):
        write_recording(path, [], frame_rate_hz=25.0)
    with pytest.raises(InputError, match="frame_rate_hz"):
        RecordingWriter(path, frame_rate_hz=0.0)
    assert list(tmp_path.iterdir()) == []


def test_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        RecordingWriter(path, frame_rate_hz=20.0)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_truncated_files_are_refused(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "a.h5"
    write_recording(path, frames(), frame_rate_hz=25.0)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError):
        open_recording(path).frame(2)


def test_missing_fields_and_other_formats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_recording(path, frames(), frame_rate_hz=25.0)
    with h5py.File(path, "a") as file:
        del file["probe/element_positions_m"]
    with pytest.raises(InputError, match="element_positions_m"):
        Hdf5Recording(path)
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 9
    with pytest.raises(InputError, match="version 9"):
        Hdf5Recording(path)
    with h5py.File(path, "a") as file:
        file.attrs["format"] = np.zeros(3)
    with pytest.raises(InputError, match="needs --describe"):
        open_recording(path)


def test_a_damaged_later_frame_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_recording(path, frames(), frame_rate_hz=25.0)
    with h5py.File(path, "a") as file:
        samples = file["samples"][:]
        del file["samples"]
        packed = file.create_dataset("samples", data=samples, chunks=(1, *samples.shape[1:]), compression="gzip")
        chunk = packed.id.get_chunk_info(1)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 20 : chunk.byte_offset + 60] = bytes(40)
    path.write_bytes(content)
    recording = Hdf5Recording(path)
    with pytest.raises(InputError, match=r"a.h5, frame 1 cannot be read, the file is damaged"):
        recording.frame(1)


def test_frames_of_another_array_are_refused(tmp_path: Path) -> None:
    first, *_ = frames()
    other = dataclasses.replace(first, probe=dataclasses.replace(first.probe, center_frequency_hz=4.9e6))
    with pytest.raises(InputError, match="must share one acquisition"):
        write_recording(tmp_path / "a.h5", [first, other], frame_rate_hz=25.0)


def damage_samples(file: h5py.File) -> None:
    samples = file["samples"][:].astype("f4")
    samples[1, 0, 0, 0] = np.nan
    del file["samples"]
    file["samples"] = samples


def replace(name: str, value: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = value

    return change


DAMAGES: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "a group for samples": (lambda f: (f.pop("samples"), f.create_group("samples"))[0], "lacks the data set samples"),
    "no transmits": (lambda f: f.pop("transmits"), "lacks the data set transmits/kind"),
    "no sampling": (lambda f: f.attrs.pop("sampling_frequency_hz"), "lacks the attribute sampling_frequency_hz"),
    "no probe name": (lambda f: f["probe"].attrs.pop("name"), "lacks the attribute name of probe"),
    "stamps of fewer frames": (replace("stamp_s", np.zeros(2)), "same number of frames.*stamp_s 2"),
    "no rate": (lambda f: f.attrs.update(frame_rate_hz=np.nan), "frame_rate_hz must be above 0, got nan"),
    "NaN in a frame": (damage_samples, r"a.h5, frame 1: samples must be finite, got 2 "),
    "no position": (replace("position_m", np.full((3, 3), np.nan)), "frame 0: the probe's pose must be finite"),
    "no rotation": (replace("rotation", np.zeros((3, 3, 3))), "frame 0: the probe's pose .* orthogonal"),
    "other elements": (replace("samples", np.zeros((3, 2, 5, 64, 2), "i2")), "frame 0: samples must have shape"),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_damaged_files_are_refused_with_what_is_wrong(tmp_path: Path, case: str) -> None:
    damage, words = DAMAGES[case]
    path = tmp_path / "a.h5"
    write_recording(path, frames(), frame_rate_hz=25.0)
    with h5py.File(path, "a") as file:
        damage(file)
    with pytest.raises(InputError, match=words):
        Hdf5Recording(path).frame(1)


def test_play_back(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_recording(path, frames(2), frame_rate_hz=25.0)
    front_end = RecordedFrontEnd(open_recording(path))
    assert (front_end.frame_rate_hz, front_end.probe.name) == (25.0, "test")
    first = front_end.acquire(7.0, 3, Pose())
    assert first is not None
    assert (first.stamp_s, first.frame_id) == (7.0, 3)
    assert np.allclose(first.base_probe.position_m, [0.1, 0.2, 0.3])
    front_end.freeze(True)
    assert front_end.acquire(8.0, 4, Pose()) is None
    front_end.freeze(False)
    assert front_end.acquire(8.0, 4, Pose()) is not None
    assert front_end.acquire(9.0, 5, Pose()) is None
    front_end.rewind()
    assert front_end.acquire(9.0, 5, Pose()) is not None
    front_end.close()
    endless = RecordedFrontEnd(open_recording(path), repeat=True)
    assert all(endless.acquire(0.0, k, Pose()) is not None for k in range(5))
