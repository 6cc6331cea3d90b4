"""Open any recording: our layout by itself, files of others with a description."""

from __future__ import annotations

from pathlib import Path

import h5py

from sonoreach.beamform.recording.described import DescribedRecording
from sonoreach.beamform.recording.description import load_description
from sonoreach.beamform.recording.hdf5_layout import FORMAT, Hdf5Recording
from sonoreach.beamform.recording.recording import Recording
from sonoreach.errors import InputError

DESCRIPTIONS = Path(__file__).resolve().parent / "descriptions"


def open_recording(path: Path, describe: Path | None = None) -> Recording:
    """Open a recording.

    Args:
        path: file in SonoReach's HDF5 layout, or a MATLAB (5, 7.3) or HDF5 file.
        describe: description of the latter; by default the one shipped under the file's own name, if any.

    Raises:
        InputError: the file or its description cannot be used.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    if describe is None and h5py.is_hdf5(path):
        try:
            with h5py.File(path, "r") as file:
                ours = file.attrs.get("format") == FORMAT
        except OSError as error:
            raise InputError(f"{path} cannot be read as HDF5: {error}.") from error
        if ours:
            return Hdf5Recording(path)
    shipped = DESCRIPTIONS / f"{path.stem.lower()}.yaml"
    if describe is None and not shipped.is_file():
        known = ", ".join(sorted(p.stem for p in DESCRIPTIONS.glob("*.yaml")))
        raise InputError(f"{path} needs --describe YAML that says what its arrays mean (known by name: {known}).")
    return DescribedRecording(path, load_description(describe or shipped))
