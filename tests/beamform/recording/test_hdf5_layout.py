"""SonoReach's HDF5 layout: what is written is read again, and nothing half-written stays."""

from __future__ import annotations

import dataclasses
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
    front_end.close()
    endless = RecordedFrontEnd(open_recording(path), repeat=True)
    assert all(endless.acquire(0.0, k, Pose()) is not None for k in range(5))
