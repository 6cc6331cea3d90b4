"""SonoReach's own layout of channel data in HDF5, version 1.

    attributes of /  format = "sonoreach-channel-data", version = 1, sampling_frequency_hz,
                     demodulation_frequency_hz, start_time_s, sound_speed_m_s, frame_rate_hz, ensemble, source
    /samples         int16 or float32, (n_frames, n_transmits, n_elements, n_samples[, 2]), one chunk a frame
    /stamp_s         float64, (n_frames,)
    /frame_id        int64, (n_frames,)
    /position_m      float64, (n_frames, 3): origin of the probe in the arm's base
    /rotation        float64, (n_frames, 3, 3): axes of the probe in the arm's base, as columns
    /probe           attributes name, element_width_m, center_frequency_hz, fractional_bandwidth,
                     elevation_focus_m, elevation_height_m; data set element_positions_m (n_elements, 3)
    /transmits       data sets kind (n_transmits,), angle_rad (n_transmits,), source_m (n_transmits, 3),
                     element (n_transmits,)

The meaning of each value is that of the field of the same name in `ChannelData`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np

from sonoreach.beamform.check import check_channel_data
from sonoreach.beamform.recording.recording import Recording
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose

FORMAT, VERSION = "sonoreach-channel-data", 1
_PROBE_NUMBERS = (
    "element_width_m",
    "center_frequency_hz",
    "fractional_bandwidth",
    "elevation_focus_m",
    "elevation_height_m",
)
_FRAME_SETS = ("samples", "stamp_s", "frame_id", "position_m", "rotation")
_SETS = (
    *_FRAME_SETS,
    "probe/element_positions_m",
    *(f"transmits/{k}" for k in ("kind", "angle_rad", "source_m", "element")),
)
_ACQUISITION_NUMBERS = ("sampling_frequency_hz", "demodulation_frequency_hz", "start_time_s", "sound_speed_m_s")


class RecordingWriter:
    """Appends frames to a new file; the file appears under its name only when closed without an error."""

    def __init__(self, path: Path, *, frame_rate_hz: float, ensemble: bool = False) -> None:
        """Start a recording.

        Raises:
            InputError: the file exists already, or its folder does not.
        """
        self._path, self._part = path, path.with_name(path.name + ".part")
        if path.exists():
            raise InputError(f"{path} exists already; a recording is never written over.")
        if not path.parent.is_dir():
            raise InputError(f"{path.parent} is not a folder.")
        if not (np.isfinite(frame_rate_hz) and frame_rate_hz > 0):
            raise InputError(f"frame_rate_hz must be above 0, got {frame_rate_hz}.")
        self._file = h5py.File(self._part, "w")
        self._file.attrs.update(format=FORMAT, version=VERSION, frame_rate_hz=frame_rate_hz, ensemble=ensemble)
        self._first: ChannelData | None = None

    def append(self, data: ChannelData) -> None:
        """Add one frame.

        Raises:
            InputError: a frame of another acquisition than the first one.
        """
        check_channel_data(data)
        if self._first is None:
            self._start(data)
        first = self._first or data
        same = all(getattr(data, name) == getattr(first, name) for name in (*_ACQUISITION_NUMBERS, "transmits"))
        same &= data.probe.same_as(first.probe)
        if not same or data.samples.shape != first.samples.shape or data.samples.dtype != first.samples.dtype:
            raise InputError("every frame of a recording must share one acquisition, got another shape or setting.")
        self._push("samples", data.samples)
        self._push("stamp_s", data.stamp_s)
        self._push("frame_id", data.frame_id)
        self._push("position_m", data.base_probe.position_m)
        self._push("rotation", data.base_probe.rotation)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        if self._first is None:
            self._part.unlink()
            raise InputError("a recording must hold at least one frame, got none.")
        self._part.rename(self._path)

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()
            self._part.unlink(missing_ok=True)

    def _start(self, data: ChannelData) -> None:
        """Write what all frames share, and empty data sets that grow."""
        self._first = data
        self._file.attrs.update({name: getattr(data, name) for name in _ACQUISITION_NUMBERS}, source=data.source)
        probe = self._file.create_group("probe")
        probe.attrs.update({name: getattr(data.probe, name) for name in ("name", *_PROBE_NUMBERS)})
        probe["element_positions_m"] = data.probe.element_positions_m
        transmits = self._file.create_group("transmits")
        transmits["kind"] = np.array([int(t.kind) for t in data.transmits])
        transmits["angle_rad"] = np.array([t.angle_rad for t in data.transmits])
        transmits["source_m"] = np.array([t.source_m for t in data.transmits], dtype=np.float64)
        transmits["element"] = np.array([t.element for t in data.transmits])
        self._grow("samples", data.samples.shape, data.samples.dtype)
        for name, shape, dtype in (("stamp_s", (), "f8"), ("frame_id", (), "i8"), ("position_m", (3,), "f8")):
            self._grow(name, shape, dtype)
        self._grow("rotation", (3, 3), "f8")

    def _grow(self, name: str, shape: tuple[int, ...], dtype: Any) -> None:
        chunks = (1, *shape) if shape else (64,)
        self._file.create_dataset(name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunks)

    def _push(self, name: str, value: Any) -> None:
        dataset = self._file[name]
        dataset.resize(len(dataset) + 1, axis=0)
        dataset[-1] = value


def write_recording(path: Path, frames: Iterable[ChannelData], *, frame_rate_hz: float, ensemble: bool = False) -> None:
    """Write frames to a new file; nothing is left behind when one is refused."""
    with RecordingWriter(path, frame_rate_hz=frame_rate_hz, ensemble=ensemble) as writer:
        for data in frames:
            writer.append(data)


class Hdf5Recording(Recording):
    """A file in SonoReach's layout, frames read when asked for."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: it cannot be read, or something is missing in it.
        """
        if not path.is_file():
            raise InputError(f"{path} is not a file.")
        self._path = path
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise InputError(f"{path} cannot be read as HDF5: {error}.") from error
        try:
            self._read_head(path)
            self.frame(0)
        except (KeyError, IndexError, ValueError, TypeError, OSError) as error:
            self._file.close()
            raise InputError(f"{path} is not whole: {error}.") from error
        except InputError:
            self._file.close()
            raise

    def _read_head(self, path: Path) -> None:
        attributes = self._file.attrs
        if (str(attributes.get("format")), str(attributes.get("version"))) != (FORMAT, str(VERSION)):
            got = f"format {attributes.get('format')!r}, version {attributes.get('version')}"
            raise InputError(f"{path} must hold {FORMAT!r} version {VERSION}, got {got}.")
        self._check_whole(path)
        self.ensemble = bool(attributes["ensemble"])
        self._frame_rate_hz = float(attributes["frame_rate_hz"])
        if not 0.0 < self._frame_rate_hz < np.inf:
            raise InputError(f"{path}: frame_rate_hz must be above 0, got {self._frame_rate_hz:g}.")
        probe = self._file["probe"]
        numbers = {name: float(probe.attrs[name]) for name in _PROBE_NUMBERS}
        self._probe = ProbeGeometry(str(probe.attrs["name"]), probe["element_positions_m"][:], **numbers)
        rows = zip(*(self._file["transmits"][k][:] for k in ("kind", "angle_rad", "source_m", "element")), strict=True)
        self._transmits = tuple(
            TransmitEvent(TransmitKind(int(kind)), float(angle), (float(s[0]), float(s[1]), float(s[2])), int(element))
            for kind, angle, s, element in rows
        )
        self._settings = {name: float(attributes[name]) for name in _ACQUISITION_NUMBERS}
        self._source = str(attributes["source"])
        self._n_frames = int(self._file["samples"].shape[0])

    def _check_whole(self, path: Path) -> None:
        """Refuse a file in which something is missing or of another length."""
        for name in _SETS:
            if not isinstance(self._file.get(name), h5py.Dataset):
                raise InputError(f"{path} lacks the data set {name}.")
        probe = self._file["probe"]
        for name in ("ensemble", "frame_rate_hz", "source", *_ACQUISITION_NUMBERS):
            if name not in self._file.attrs:
                raise InputError(f"{path} lacks the attribute {name}.")
        for name in ("name", *_PROBE_NUMBERS):
            if name not in probe.attrs:
                raise InputError(f"{path} lacks the attribute {name} of probe.")
        lengths = {name: self._file[name].shape[:1] for name in _FRAME_SETS}
        if len(set(lengths.values())) > 1 or not all(lengths["samples"]):
            got = ", ".join(f"{name} {'x'.join(map(str, length)) or 'none'}" for name, length in lengths.items())
            raise InputError(f"{path} must hold the same number of frames, at least one, in every data set, got {got}.")

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self._n_frames

    @property
    def frame_rate_hz(self) -> float:
        """Rate at which it was recorded [Hz]."""
        return self._frame_rate_hz

    @property
    def probe(self) -> ProbeGeometry:
        """The array."""
        return self._probe

    def frame(self, index: int) -> ChannelData:
        """One frame, checked.

        Raises:
            InputError: the frame is damaged; names the file and the frame.
        """
        try:
            pose = Pose(self._file["position_m"][index], self._file["rotation"][index])
            data = ChannelData(
                self._file["samples"][index],
                probe=self._probe,
                transmits=self._transmits,
                stamp_s=float(self._file["stamp_s"][index]),
                frame_id=int(self._file["frame_id"][index]),
                base_probe=pose,
                source=self._source,
                **self._settings,
            )
        except (OSError, ValueError) as error:
            raise InputError(f"{self._path}, frame {index} cannot be read, the file is damaged: {error}.") from error
        try:
            check_channel_data(data)
            if not (
                np.isfinite(pose.position_m).all()
                and np.allclose(pose.rotation.T @ pose.rotation, np.eye(3), atol=1e-3)
            ):
                raise InputError("the probe's pose must be finite, with a rotation of orthogonal unit axes.")
        except InputError as error:
            raise InputError(f"{self._path}, frame {index}: {error}") from error
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
