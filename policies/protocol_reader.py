"""Strict reading of YAML into dataclasses: every key known, every type right, every number in its range."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import yaml

from sonoreach.errors import InputError
from sonoreach.types.structures import Structure

T = TypeVar("T")

# Allowed range by the name of the field; numbers that are not listed must be finite.
RANGES: dict[str, tuple[float, float]] = {
    "fraction": (0.0, 1.0),
    "min_probability": (0.0, 1.0),
    "min_quality": (0.0, 1.0),
    "min_contact": (0.0, 1.0),
    "max_edge_fraction": (0.0, 1.0),
    "min_area_m2": (0.0, 0.01),
    "max_offset_m": (0.0, math.inf),
    "max_out_of_plane_m": (0.0, 0.1),
    "max_yaw_rad": (0.0, math.pi),
    "max_speed_m_s": (0.0, 0.1),
    "hold_s": (0.0, 10.0),
    "time_limit_s": (1.0, 3600.0),
    "superior_m": (-0.2, 0.2),
    "left_m": (-0.2, 0.2),
    "yaw_rad": (-math.pi, math.pi),
    "superior_std_m": (0.001, 0.1),
    "left_std_m": (0.001, 0.1),
    "yaw_std_rad": (0.01, math.pi),
}
CHOICES: dict[str, tuple[str, ...]] = {"structure": tuple(s.name.lower() for s in Structure)}


class _StrictLoader(yaml.SafeLoader):
    """YAML without duplicate keys."""


def _mapping_without_duplicates(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]  # type: ignore[no-untyped-call]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.MarkedYAMLError(problem=f"key '{key}' stands twice", problem_mark=node.start_mark)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


def read_yaml(text: bytes, where: str) -> Any:
    """Parse YAML text.

    Raises:
        InputError: not YAML, or a key stands twice; names the line.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" in line {error.problem_mark.line + 1}"
        raise InputError(f"{where}: not valid YAML{line}: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: not valid YAML: {str(error).splitlines()[0]}") from error


def build(cls: type[T], data: Any, where: str, given: Mapping[str, Any] | None = None) -> T:
    """Make an instance of a dataclass from parsed YAML.

    Args:
        cls: the dataclass.
        data: what the file says.
        where: file and key so far, for error texts.
        given: fields that the caller sets and the file must not.

    Raises:
        InputError: unknown or missing key, wrong type, or value out of range.
    """
    given = dict(given or {})
    fields = {f.name: f for f in dataclasses.fields(cls) if f.name not in given}  # type: ignore[arg-type]
    if not isinstance(data, dict):
        raise InputError(f"{where}: expected keys {', '.join(fields)}, got {_shown(data)}")
    for key in data:
        if key not in fields:
            raise InputError(f"{where}: unknown key '{key}', allowed: {', '.join(fields)}")
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in data:
            raise InputError(f"{where}: key '{name}' is missing")
    hints = typing.get_type_hints(cls)
    values = {name: _value(hints[name], value, f"{where}: {name}", name) for name, value in data.items()}
    try:
        return cls(**values, **given)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _value(hint: Any, value: Any, where: str, name: str) -> Any:
    """Convert one value to its type, or refuse it; what may be None is left out of the file instead."""
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise InputError(f"{where} must be a list, got {_shown(value)}")
        item = typing.get_args(hint)[0]
        return tuple(_value(item, v, f"{where}[{i}]", name) for i, v in enumerate(value))
    if origin is Literal or (hint is str and name in CHOICES):
        allowed = typing.get_args(hint) or CHOICES[name]
        if value not in allowed:
            raise InputError(f"{where} is {_shown(value)}, allowed: {', '.join(allowed)}")
        return value
    if hint is float:
        return _number(value, where, name)
    if not isinstance(value, hint):
        raise InputError(f"{where} must be {'text' if hint is str else hint.__name__}, got {_shown(value)}")
    return value


def _number(value: Any, where: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where} must be a number, got {_shown(value)}")
    low, high = RANGES.get(name, (-math.inf, math.inf))
    finite = math.isfinite(value) or (high == math.inf and name in RANGES and value == math.inf)
    if not finite or not low <= value <= high:
        span = f", {low:g} to {high:g}" if name in RANGES else ""
        raise InputError(f"{where} is {value:g}, allowed: finite{span}")
    return float(value)


def _shown(value: Any) -> str:
    return f"{value!r} ({type(value).__name__})"
