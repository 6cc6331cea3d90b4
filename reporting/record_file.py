"""`exam.json` on disk: written once, checked at the door when it is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sonoreach.errors import InputError
from sonoreach.reporting.exam_record import SCHEMA, Record, content_sha256
from sonoreach.reporting.jsonable import dump

FILE_NAME = "exam.json"

Kind = tuple[type, ...]
TEXT, LIST, OBJECT, FLAG, COUNT = (str,), (list,), (dict,), (bool,), (int,)
NUMBER: Kind = (int, float)
NUMBER_OR_NONE: Kind = (int, float, type(None))

# What a record must hold to be reported again: field -> types.
_TOP: dict[str, Kind] = {
    **dict.fromkeys(["protocol", "title", "title_zh", "patient_id", "patient_name", "composition"], TEXT),
    **dict.fromkeys(["model_hash", "software_version", "station", "probe", "ended", "content_sha256"], TEXT),
    **dict.fromkeys(["planes", "measurements", "timeline"], LIST),
    **dict.fromkeys(["frames", "summary", "parameters", "registration", "wall_clock"], OBJECT),
    "simulated": FLAG,
    "seed": COUNT,
    "start_stamp_s": NUMBER,
}
_SUMMARY: dict[str, Kind] = {
    **dict.fromkeys(["planes_total", "planes_obtained", "frames"], COUNT),
    **dict.fromkeys(["force_peak_n", "force_mean_n", "force_rmse_n"], NUMBER_OR_NONE),
    "duration_s": NUMBER,
}
_PLANE: dict[str, Kind] = {
    **dict.fromkeys(["plane", "title", "title_zh", "orientation", "not_obtained_because"], TEXT),
    "obtained": FLAG,
}
_OBTAINED: dict[str, Kind] = {
    **dict.fromkeys(["dicom_image", "dicom_cine", "model_hash", "source"], TEXT),
    **dict.fromkeys(["time_s", "quality", "force_n", "center_frequency_hz"], NUMBER),
    **dict.fromkeys(["criteria", "position_m", "quaternion_xyzw"], LIST),
    "frame_id": COUNT,
    "outlines_mm": OBJECT,
}
_MEASUREMENT: dict[str, Kind] = {
    **dict.fromkeys(["name", "plane", "unit", "method", "not_obtained_because"], TEXT),
    **dict.fromkeys(["source_frame_ids", "calipers_mm"], LIST),
    **dict.fromkeys(["value", "uncertainty", "truth", "error"], NUMBER_OR_NONE),
}


def write_record(record: Record, folder: Path) -> Path:
    """Write `exam.json` into a folder."""
    path = folder / FILE_NAME
    path.write_text(dump(record) + "\n", encoding="utf-8")
    return path


def read_record(folder: Path) -> Record:
    """Read and check the record of an exam folder.

    Raises:
        InputError: no exam.json there, not JSON, another schema, or a field that is missing or of a wrong type,
            or a content that is not that of its hash.
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
    _check(record["summary"], _SUMMARY, f"{path}: the summary")
    lengths = {len(column) for column in record["frames"].values() if isinstance(column, list)}
    if len(lengths) > 1:
        raise InputError(f"{path} has frame columns of {len(lengths)} different lengths; the exam folder is damaged")
    for plane in record["planes"]:
        _check(plane, _PLANE, f"{path}: a plane")
        if plane["obtained"]:
            _check(plane, _OBTAINED, f"{path}: plane {plane['plane']!r}")
    for measurement in record["measurements"]:
        _check(measurement, _MEASUREMENT, f"{path}: a measurement")
    if (got := content_sha256(record)) != record["content_sha256"]:
        raise InputError(
            f"{path} was altered: its content's SHA-256 is {got[:12]}…, it says {record['content_sha256'][:12]}…"
        )
    return dict(record)


def _check(item: Any, fields: dict[str, Kind], where: str) -> None:
    if not isinstance(item, dict):
        raise InputError(f"{where} is {type(item).__name__}, not an object; the exam folder is damaged")
    for name, kinds in fields.items():
        if name not in item:
            raise InputError(f"{where} lacks {name!r}; the exam folder is damaged")
        if not isinstance(item[name], kinds):
            allowed = " or ".join(kind.__name__ for kind in kinds)
            raise InputError(f"{where} has {name!r} of type {type(item[name]).__name__}; it must be {allowed}")


def start_of(record: Mapping[str, Any]) -> datetime | None:
    """Local time of the start; None when unknown."""
    start = record["wall_clock"].get("start", "")
    try:
        return datetime.fromisoformat(start) if start else None
    except (TypeError, ValueError) as error:
        raise InputError(f"{FILE_NAME} has the start time {start!r}; it must be an ISO 8601 time") from error
