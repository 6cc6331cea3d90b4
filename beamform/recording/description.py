"""What an array file of someone else means: a small YAML file.

samples:
  array: RF                          # where the samples are; dots lead into structures and groups
  scale: 1.0e+3                      # by default 1; what the numbers are multiplied by, for very small or large ones
  axes: [sample, element, frame]     # as MATLAB or Python shows them; of frame, transmit, element, sample, iq
sampling_frequency_hz: param.fs      # a number, or where it stands in the file
center_frequency_hz: 5.0e+6
demodulation_frequency_hz: 5.0e+6    # of IQ (complex samples, or an axis iq); leave out for RF
fractional_bandwidth: {array: param.bandwidth, scale: 0.01}   # -6 dB, two-way; by default 0.6
start_time_s: param.t0               # by default 0; sample 0 after the wave passes the probe's origin
sound_speed_m_s: 1540                # by default 1540
frame_rate_hz: param.PRF             # by default 20
ensemble: true                       # the frames are one Doppler ensemble; by default false
probe:
  name: L7-4
  pitch_m: param.pitch               # or element_positions_m: (n_elements, 3) or x positions (n_elements,)
  element_width_m: param.width       # by default 0.9 pitch
transmits:                           # by default one plane wave straight ahead
  angles_rad: angles                 # or angles_deg; or sources_m (n, 3) of diverging or focused waves
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sonoreach.errors import InputError

AXES = ("frame", "transmit", "element", "sample", "iq")
_NUMBERS = (
    "sampling_frequency_hz",
    "center_frequency_hz",
    "demodulation_frequency_hz",
    "fractional_bandwidth",
    "start_time_s",
    "sound_speed_m_s",
    "frame_rate_hz",
)
_PROBE = ("name", "pitch_m", "element_positions_m", "element_width_m")
_TRANSMITS = ("angles_rad", "angles_deg", "sources_m")


@dataclass(frozen=True)
class Description:
    """A checked description; values are numbers, lists, places in the file or {array, scale}.

    Attributes:
        array: place of the samples.
        axes: meaning of each of its axes.
        scale: what they are multiplied by.
        numbers: acquisition values by name.
        probe: values of the probe by name.
        transmits: values of the transmits by name.
        ensemble: whether the frames are one Doppler ensemble.
    """

    array: str
    axes: tuple[str, ...]
    scale: float
    numbers: dict[str, Any]
    probe: dict[str, Any]
    transmits: dict[str, Any]
    ensemble: bool


def load_description(path: Path) -> Description:
    """Read and check a description.

    Raises:
        InputError: it cannot be read, or a field is missing, unknown or wrong.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, OverflowError, yaml.YAMLError, RecursionError) as error:  # a date can be wrong, too
        raise InputError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}.") from error
    known = {"samples", "probe", "transmits", "ensemble", *_NUMBERS}
    _check_names(path, "", content, known, {"samples", "sampling_frequency_hz", "center_frequency_hz", "probe"})
    _check_names(path, "samples.", content["samples"], {"array", "axes", "scale"}, {"array", "axes"})
    _check_names(path, "probe.", content["probe"], set(_PROBE), set())
    transmits = content.get("transmits") or {}
    _check_names(path, "transmits.", transmits, set(_TRANSMITS), set())
    axes = content["samples"]["axes"]
    if not isinstance(axes, list) or not all(isinstance(axis, str) for axis in axes):
        raise InputError(f"{path}: samples.axes must be a list of names, got {axes!r}.")
    if not {"element", "sample"} <= set(axes) <= set(AXES) or len(set(axes)) < len(axes):
        raise InputError(f"{path}: samples.axes must be different names of {AXES} with element and sample, got {axes}.")
    try:
        scale = float(content["samples"].get("scale", 1.0))
    except (TypeError, ValueError, OverflowError):
        scale = 0.0
    if not 0 < abs(scale) < 1e300:
        raise InputError(f"{path}: samples.scale must be a number other than 0, got {content['samples']['scale']!r}.")
    if len(transmits) > 1:
        raise InputError(f"{path}: transmits must hold one of {_TRANSMITS}, got {sorted(transmits)}.")
    if ("pitch_m" in content["probe"]) == ("element_positions_m" in content["probe"]):
        raise InputError(f"{path}: probe must hold either pitch_m or element_positions_m.")
    if not isinstance(content.get("ensemble", False), bool):
        raise InputError(f"{path}: ensemble must be true or false, got {content['ensemble']!r}.")
    return Description(
        str(content["samples"]["array"]),
        tuple(axes),
        scale,
        {name: content[name] for name in _NUMBERS if name in content},
        content["probe"],
        transmits,
        content.get("ensemble", False),
    )


def _check_names(path: Path, where: str, content: Any, known: set[str], needed: set[str]) -> None:
    """Refuse anything that is no mapping of known names with all the needed ones."""
    if not isinstance(content, dict):
        raise InputError(f"{path}: {where.rstrip('.') or 'the file'} must be a mapping, got {type(content).__name__}.")
    if unknown := sorted(str(name) for name in set(content) - known):
        raise InputError(f"{path}: unknown field {where}{unknown[0]} (allowed: {', '.join(sorted(known))}).")
    if missing := sorted(needed - set(content)):
        raise InputError(f"{path}: field {where}{missing[0]} is missing.")
