"""Arrays by name out of MATLAB files (version 5 and 7.3) and HDF5 files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

from sonoreach.errors import InputError


class ArrayFile:
    """Numbers of a file; dots in a name lead into structures (MATLAB) and groups (HDF5).

    Axes are in the order in which the program that wrote the file shows them: MATLAB 7.3 files, which are HDF5
    files with reversed axes, are turned back.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: it is no file of these kinds, or damaged.
        """
        self._path = path
        try:
            with path.open("rb") as stream:
                head = stream.read(128)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from error
        self._reversed = head.startswith(b"MATLAB 7.3")
        self._content: Any
        try:
            if h5py.is_hdf5(path):
                self._content = h5py.File(path, "r")
            else:
                self._content = scipy.io.loadmat(path)
        except Exception as error:  # a damaged file can raise nearly anything inside these readers
            reason = " ".join(str(error).split())
            raise InputError(f"{path} cannot be read as a MATLAB or HDF5 file: {reason}.") from error

    def array(self, name: str) -> NDArray[Any]:
        """The numbers under `name`.

        Raises:
            InputError: there are none, or they are damaged.
        """
        value = self._content
        for part in name.split("."):
            value = self._step(value, part, name)
        if isinstance(value, h5py.Dataset):
            value = self._load(value, name)
        value = np.asarray(value)
        if value.dtype.names and set(value.dtype.names) == {"real", "imag"}:
            value = value["real"] + 1j * value["imag"]
        if value.dtype.kind not in "iufcb":
            raise InputError(f"{self._path}: {name} must be numbers, got {value.dtype}.")
        return value

    def close(self) -> None:
        """Close the file."""
        if isinstance(self._content, h5py.File):
            self._content.close()

    def _step(self, value: Any, part: str, name: str) -> Any:
        """One name deeper: a key, a member of a group, or a field of a 1 x 1 structure."""
        if isinstance(value, dict | h5py.Group) and part in value:
            return value[part]
        if isinstance(value, np.ndarray) and value.dtype.names and part in value.dtype.names and value.size == 1:
            return value.ravel()[0][part]
        if isinstance(value, dict | h5py.Group):
            has = [key for key in value if not key.startswith(("__", "#"))]
        else:
            has = list(getattr(getattr(value, "dtype", None), "names", None) or ())
        raise InputError(f"{self._path}: {name} is missing (found: {', '.join(sorted(has)) or 'nothing'}).")

    def _load(self, dataset: h5py.Dataset, name: str) -> NDArray[Any]:
        try:
            value = np.asarray(dataset[()])
        except OSError as error:
            raise InputError(f"{self._path}: {name} cannot be read, the file is damaged: {error}.") from error
        return value.T if self._reversed else value
