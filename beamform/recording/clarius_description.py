"""The .yml beside raw data of Clarius scanners."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sonoreach.errors import InputError

_UNITS = {"mhz": 1e6, "khz": 1e3, "hz": 1.0, "°": np.pi / 180, "bytes": 1.0, "": 1.0}
_NUMBER = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(\S*)\s*$", re.IGNORECASE)


class ClariusDescription:
    """The fields that are needed, checked.

    Attributes:
        kind: IQ or RF.
        frames, samples: how many, the latter a line.
        sampling_hz, transmit_hz: rates [Hz].
        delay: samples that were left out before the first.
        lines: element and angle [rad] of each.
    """

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            InputError: it cannot be read, or a field is missing or out of range.
        """
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
            # The gain over depth is not YAML, and is not needed.
            content = yaml.load(re.sub(r"^tgc:.*$", "", text, flags=re.MULTILINE), Loader=yaml.CSafeLoader)
        except (
            OSError,
            ValueError,
            OverflowError,
            yaml.YAMLError,
            RecursionError,
        ) as error:  # a date can be wrong, too
            raise InputError(f"{path} cannot be read: {' '.join(str(error).split())}.") from error
        self._content = content if isinstance(content, dict) else {}
        self.kind = str(self._field("type")).upper()
        if self.kind not in {"IQ", "RF"}:
            raise InputError(f"{path}: type must be IQ or RF, got {self.kind}.")
        if (compression := str(self._content.get("compression", "none")).lower()) != "none":
            raise InputError(f"{path}: compression must be none, got {compression} (unpack the file first).")
        size = self._field("size")
        self.frames = int(self._number("frames", self._field("frames"), 1, 100_000))
        self.samples = int(self._number("samples per line", _item(size, "samples per line"), 2, 100_000))
        self.sampling_hz = self._number("sampling rate", self._field("sampling rate"), 1e5, 1e9)
        self.transmit_hz = self._number("transmit frequency", self._field("transmit frequency"), 1e5, 1e9)
        self.delay = self._number("delay samples", self._content.get("delay samples", 0), 0, 1e6)
        lines = self._field("lines")
        if not isinstance(lines, list) or len(lines) < 2:
            raise InputError(f"{path}: lines must be a list of at least two.")
        self.lines = [
            (
                self._number("rx element", _item(line, "rx element"), -1e4, 1e4),
                self._number("angle", _item(line, "angle", 0), -1.3, 1.3),
            )
            for line in lines
        ]
        if _item(size, "number of lines") != len(lines):
            raise InputError(f"{path}: lists {len(lines)} lines, size says {_item(size, 'number of lines')}.")

    def _field(self, name: str) -> Any:
        if name not in self._content:
            raise InputError(f"{self.path}: field {name} is missing; is it the .yml of raw data of Clarius?")
        return self._content[name]

    def _number(self, name: str, value: Any, low: float, high: float) -> float:
        """A number with or without a unit, in SI."""
        match = _NUMBER.match(str(value))
        if not match or (unit := match[2].lower()) not in _UNITS:
            raise InputError(f"{self.path}: {name} must be a number, got {value!r}.")
        number = float(match[1]) * _UNITS[unit]
        if not low <= number <= high:
            raise InputError(f"{self.path}: {name} must lie in {low:g} to {high:g}, got {number:g}.")
        return number


def _item(mapping: Any, name: str, default: Any = None) -> Any:
    """An entry of a mapping, or the default where there is none."""
    return mapping.get(name, default) if isinstance(mapping, dict) else default
