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
        describe: description of the latter, or the name of a shipped one; by default the one shipped under the
            file's own name, if any.

    Raises:
        InputError: the file or its description cannot be used.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file.")
    if describe is None and h5py.is_hdf5(path):
        try:
            with h5py.File(path, "r") as file:
                ours = str(file.attrs.get("format")) == FORMAT
        except OSError as error:
            raise InputError(f"{path} cannot be read as HDF5: {error}.") from error
        if ours:
            return Hdf5Recording(path)
    if path.suffix.lower() in {".h5", ".hdf5"} and not h5py.is_hdf5(path):
        raise InputError(f"{path} is not an HDF5 file.")
    known = sorted(p.stem for p in DESCRIPTIONS.glob("*.yaml"))
    name = path.stem.lower() if describe is None else str(describe)
    if name in known:
        describe = DESCRIPTIONS / f"{name}.yaml"
    if describe is None:
        raise InputError(
            f"{path} needs --describe with a YAML file that says what its arrays mean, or a known name "
            f"({', '.join(known)})."
        )
    return DescribedRecording(path, load_description(describe))
