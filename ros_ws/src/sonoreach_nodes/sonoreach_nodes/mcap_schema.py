"""Schema texts for MCAP files: a message's .msg file with those of all the messages inside it."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

SEPARATOR = "=" * 80


def schema_text(kind: Any) -> tuple[str, str]:
    """Name ("package/msg/Name") and schema text of a message class.

    Raises:
        FileNotFoundError: the package's .msg files are not installed.
    """
    package, name = kind.__module__.split(".")[0], kind.__name__
    parts = [_definition(package, name)]
    done = {(package, name)}
    waiting = _inner(kind)
    while waiting:
        inner = waiting.pop(0)
        if inner not in done:
            done.add(inner)
            parts.append(f"{SEPARATOR}\nMSG: {inner[0]}/{inner[1]}\n{_definition(*inner)}")
            module = __import__(f"{inner[0]}.msg", fromlist=[inner[1]])
            waiting += _inner(getattr(module, inner[1]))
    return f"{package}/msg/{name}", "\n".join(parts)


def _inner(kind: Any) -> list[tuple[str, str]]:
    """Package and name of each message type among the fields."""
    found = []
    for text in kind.get_fields_and_field_types().values():
        plain = text.removeprefix("sequence<").split(">")[0].split(",")[0].split("[")[0]
        if "/" in plain:
            package, name = plain.split("/")
            found.append((package, name))
    return found


@cache
def _definition(package: str, name: str) -> str:
    prefixes = [*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix]
    for prefix in filter(None, prefixes):
        path = Path(prefix) / "share" / package / "msg" / f"{name}.msg"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(f"{package}/msg/{name}.msg is under none of {', '.join(filter(None, prefixes))}")
