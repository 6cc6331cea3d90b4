"""`exam.json` on disk: written once, checked at the door when it is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sonoreach.errors import InputError
from sonoreach.reporting.exam_record import SCHEMA, Record
from sonoreach.reporting.jsonable import dump

FILE_NAME = "exam.json"

# What a record must hold to be reported again: key -> type.
_TOP: dict[str, type] = {
    **dict.fromkeys(["protocol", "title", "title_zh", "patient_id", "patient_name", "composition"], str),
    **dict.fromkeys(["model_hash", "software_version", "station", "probe", "ended", "content_sha256"], str),
    **dict.fromkeys(["planes", "measurements", "timeline"], list),
    **dict.fromkeys(["frames", "summary", "parameters", "registration", "wall_clock"], dict),
    "simulated": bool,
    "seed": int,
    "start_stamp_s": float,
}
_PLANE: dict[str, type] = {
    **dict.fromkeys(["plane", "title", "title_zh", "orientation", "not_obtained_because"], str),
    "obtained": bool,
}
_OBTAINED: dict[str, type] = {
    **dict.fromkeys(["dicom_image", "dicom_cine", "model_hash"], str),
    "frame_id": int,
    "outlines_mm": dict,
    "criteria": list,
}
_MEASUREMENT: dict[str, type] = {
    **dict.fromkeys(["name", "plane", "unit", "method", "not_obtained_because"], str),
    **dict.fromkeys(["source_frame_ids", "calipers_mm"], list),
}


def write_record(record: Record, folder: Path) -> Path:
    """Write `exam.json` into a folder."""
    path = folder / FILE_NAME
    path.write_text(dump(record) + "\n", encoding="utf-8")
    return path


def read_record(folder: Path) -> Record:
    """Read and check the record of an exam folder.

    Raises:
        InputError: no exam.json there, not JSON, another schema, or a field that is missing or of a wrong type.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise InputError(f"{folder} holds no {FILE_NAME}; give a folder that `sonoreach exam` wrote")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is not valid JSON ({error}); the exam folder is damaged") from error
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema != SCHEMA:
        raise InputError(f"{path} has the schema {schema!r}; this version reads {SCHEMA!r}")
    _check(record, _TOP, str(path))
    for plane in record["planes"]:
        _check(plane, _PLANE, f"{path}: a plane")
        if plane["obtained"]:
            _check(plane, _OBTAINED, f"{path}: plane {plane['plane']!r}")
    for measurement in record["measurements"]:
        _check(measurement, _MEASUREMENT, f"{path}: a measurement")
    return dict(record)


def _check(item: Any, fields: dict[str, type], where: str) -> None:
    if not isinstance(item, dict):
        raise InputError(f"{where} is {type(item).__name__}, not an object; the exam folder is damaged")
    for name, kind in fields.items():
        if name not in item:
            raise InputError(f"{where} lacks {name!r}; the exam folder is damaged")
        if not isinstance(item[name], kind) and not (kind is float and isinstance(item[name], int)):
            raise InputError(f"{where} has {name!r} of type {type(item[name]).__name__}, not {kind.__name__}")


def start_of(record: Mapping[str, Any]) -> datetime | None:
    """Local time of the start; None when unknown."""
    start = record["wall_clock"].get("start", "")
    try:
        return datetime.fromisoformat(start) if start else None
    except (TypeError, ValueError) as error:
        raise InputError(f"{FILE_NAME} has the start time {start!r}; it must be an ISO 8601 time") from error
