"""Values as JSON: rounded, sorted, the same text for the same exam."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import numpy as np

from sonoreach.types.pose import Pose

LINE_WIDTH = 118


def jsonable(value: Any) -> Any:
    """Turn value types, arrays, poses and enumerations into JSON values.

    Floats keep 7 significant digits; what is not finite becomes null; an IntEnum becomes its lower-case name.
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, Enum):
        return jsonable(value.value)
    if isinstance(value, np.bool_ | np.integer | int):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.floating | float):
        return float(f"{float(value):.7g}") if math.isfinite(value) else None
    if isinstance(value, Pose):
        return {"position_m": jsonable(value.position_m), "quaternion_xyzw": jsonable(value.quaternion)}
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [jsonable(item) for item in items]
    return str(value) if isinstance(value, Path) else repr(value)


def dump(value: Any, indent: int = 0) -> str:
    """JSON text with sorted keys; short values and lists of plain numbers stay on one line."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    plain = isinstance(value, list) and not any(isinstance(item, list | dict) for item in value)
    if plain or len(flat) + indent <= LINE_WIDTH or not isinstance(value, list | dict):
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {dump(value[key], indent + 1)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + dump(item, indent + 1) for item in value) + "\n" + " " * indent + "]"
