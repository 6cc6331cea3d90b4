"""Where to compute: the processor, or a graphics card where one can be used."""

from __future__ import annotations

import functools
import importlib.util
from enum import StrEnum

from sonoreach.errors import InputError


class Device(StrEnum):
    """What a caller may ask for."""

    AUTO = "auto"  # the graphics card where there is one, else the processor
    CPU = "cpu"
    CUDA = "cuda"


@functools.cache
def why_no_cuda() -> str:
    """Why no graphics card can be used; empty where one can."""
    if importlib.util.find_spec("numba_cuda") is None:
        return "the package numba-cuda is not installed"
    from numba import cuda

    return "" if cuda.is_available() else "no CUDA driver or no CUDA device was found"


def choose_device(device: str) -> Device:
    """Turn what was asked for into `Device.CPU` or `Device.CUDA`.

    Raises:
        InputError: a device that does not exist, or cuda where no graphics card can be used.
    """
    if device not in list(Device):
        raise InputError(f"device must be one of {', '.join(Device)}, got {device!r}.")
    if device == Device.CPU:
        return Device.CPU
    reason = why_no_cuda()
    if device == Device.CUDA and reason:
        raise InputError(f"device cuda cannot be used: {reason} (allowed here: cpu, auto).")
    return Device.CPU if reason else Device.CUDA
