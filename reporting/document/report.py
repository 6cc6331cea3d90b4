"""`report.pdf`: the report in English and in Chinese, set by typst with every font embedded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.document.chinese import chinese
from sonoreach.reporting.document.findings import findings
from sonoreach.reporting.document.sources import SOURCES
from sonoreach.reporting.fonts import cjk_font
from sonoreach.reporting.jpeg import encode_jpeg
from sonoreach.reporting.pictures.plane_picture import ENDS, plane_picture
from sonoreach.reporting.record_file import start_of
from sonoreach.reporting.vocabulary import measurement_title, signed

TEMPLATE = Path(__file__).with_name("report.typ")
PICTURE_WIDTH, PICTURE_QUALITY = 900, 93
Record = Mapping[str, Any]


def write_report(record: Record, displays: Mapping[str, DisplayImage], path: Path) -> bytes:
    """Set the report; returns the PDF's bytes.

    Args:
        record: the exam's record.
        displays: name of each obtained plane -> its image.
        path: PDF file to write.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = {plane: f"{plane}.jpg" for plane in displays}
        for plane, file in pictures.items():
            (folder / file).write_bytes(encode_jpeg(_picture(record, plane, displays[plane]), PICTURE_QUALITY))
        # A folder with one font: typst would read every font of the package.
        (folder / "fonts").mkdir()
        (folder / "fonts" / cjk_font().name).symlink_to(cjk_font())
        (folder / "report.typ").write_bytes(TEMPLATE.read_bytes())
        (folder / "report.json").write_text(json.dumps(report_data(record, pictures)), encoding="utf-8")
        pdf: bytes = typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            font_paths=[str(folder / "fonts")],
            ignore_system_fonts=True,
            # The PDF carries the exam's own time, so that the same exam gives the same file.
            timestamp=int((start_of(record) or datetime(2000, 1, 1, tzinfo=UTC)).timestamp()),
        )
    path.write_bytes(pdf)
    return pdf


def report_data(record: Record, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the template sets, as it is shown: text, rounded figures, names of picture files."""
    order: dict[str, int] = {}
    said = findings(record)
    for finding in said:
        if finding.source:
            order.setdefault(finding.source, len(order) + 1)
    start = start_of(record)
    return {
        "title": {"en": record["title"], "zh": record["title_zh"]},
        "patient": record["patient_id"],
        "simulated": record["simulated"],
        "seed": record.get("patient_seed"),
        "start": start.strftime("%Y-%m-%d %H:%M") if start else "",
        "station": record["station"],
        "ended": record["ended"],
        "summary": {key: _figure(value) for key, value in record["summary"].items()},
        "planes": [_plane(plane, record, pictures) for plane in record["planes"]],
        "measurements": [_measurement(row) for row in record["measurements"]],
        "truth_known": any(row["truth"] is not None for row in record["measurements"]),
        "findings": [
            {
                "en": f.en,
                "zh": f.zh,
                "kind": f.kind,
                "source": order.get(f.source, 0),
                "suggestion_en": f.suggestion_en,
                "suggestion_zh": f.suggestion_zh,
            }
            for f in said
        ],
        "sources": [SOURCES[key] for key in order],
        "trace": {
            "composition": record["composition"],
            "software": record["software_version"],
            "model": record["model_hash"],
            "content": record["content_sha256"],
            "seed": str(record["seed"]),
            "probe": record["probe"],
        },
    }


def _picture(record: Record, name: str, display: DisplayImage) -> Any:
    plane = next(p for p in record["planes"] if p["plane"] == name)
    calipers = [row["calipers_mm"] for row in with_calipers(record, name)]
    return plane_picture(display, PICTURE_WIDTH, calipers_mm=calipers, ends=ENDS.get(plane["orientation"], ()))


def with_calipers(record: Record, plane: str) -> list[Mapping[str, Any]]:
    """The measurements drawn on a plane's picture, in the order of their numbers."""
    return [row for row in record["measurements"] if row["plane"] == plane and row["calipers_mm"]]


def _plane(plane: Record, record: Record, pictures: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "en": plane["title"],
        "zh": plane["title_zh"],
        "obtained": plane["obtained"],
        "reason": _both(plane["not_obtained_because"]),
    }
    if plane["obtained"]:
        drawn = with_calipers(record, plane["plane"])
        item |= {
            "picture": pictures[plane["plane"]],
            "frame": plane["frame_id"],
            "quality": f"{plane['quality']:.2f}",
            "force": f"{plane['force_n']:.1f}",
            "time": f"{plane['time_s']:.1f}",
            "calipers": [_caliper_text(row, number, len(drawn)) for number, row in enumerate(drawn, start=1)],
        }
    return item


def _caliper_text(row: Record, number: int, count: int) -> dict[str, str]:
    title = measurement_title(row["name"])
    prefix = f"{number}: " if count > 1 else ""
    figure = "" if row["value"] is None else f" {row['value']:.1f} {row['unit']}"
    return {"en": f"{prefix}{title.en}{figure}", "zh": f"{prefix}{title.zh}{figure}"}


def _measurement(row: Record) -> dict[str, Any]:
    title = measurement_title(row["name"])
    return {
        "en": title.en,
        "zh": title.zh,
        "value": _figure(row["value"]),
        "uncertainty": _figure(row["uncertainty"]),
        "unit": row["unit"],
        "method": _both(row["method"]),
        "frames": ", ".join(str(frame) for frame in row["source_frame_ids"]),
        "truth": _figure(row["truth"]),
        "error": signed(row["error"]),
        "reason": _both(row["not_obtained_because"]),
    }


def _both(sentence: str) -> dict[str, str]:
    return {"en": sentence, "zh": chinese(sentence)}


def _figure(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.1f}"
