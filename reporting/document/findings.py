"""Findings and suggestions by rule: each says which publication it rests on, none replaces the physician."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sonoreach.reporting.document.chinese import chinese
from sonoreach.reporting.document.sources import ISTHMUS_LIMIT_MM, VOLUME_LIMIT_MEN_ML, VOLUME_LIMIT_WOMEN_ML

Record = Mapping[str, Any]
LIST_LIMIT = 6


@dataclass(frozen=True)
class Finding:
    """One statement of the report.

    Attributes:
        en, zh: the statement in both languages.
        kind: "fact", "attention" (a limit is passed) or "missing" (something was not obtained).
        source: key of `SOURCES`, "" for what the exam itself shows.
        suggestion_en, suggestion_zh: what a physician may want to do, "" for nothing.
    """

    en: str
    zh: str
    kind: Literal["fact", "attention", "missing"] = "fact"
    source: str = ""
    suggestion_en: str = ""
    suggestion_zh: str = ""


def findings(record: Record) -> list[Finding]:
    """All findings of an exam, in the order of the report."""
    return [*_volume(record), *_isthmus(record), *_nodules(record), *_completeness(record)]


def _measured(record: Record, name: str) -> Mapping[str, Any] | None:
    rows = (m for m in record["measurements"] if m["name"] == name and m["value"] is not None)
    return next(rows, None)


def _volume(record: Record) -> list[Finding]:
    """Both lobes' volume against the upper limits of the adult thyroid; the patient's sex is not known here."""
    lobes = [_measured(record, f"{side}_lobe_volume") for side in ("right", "left")]
    known = [lobe for lobe in lobes if lobe is not None]
    if len(known) < 2:
        return []
    total = sum(lobe["value"] for lobe in known)
    spread = math.sqrt(sum((lobe["uncertainty"] or 0.0) ** 2 for lobe in known))
    figure = f"{total:.1f} ± {spread:.1f} mL"
    if total <= VOLUME_LIMIT_WOMEN_ML:
        return [
            Finding(
                f"Volume of both lobes {figure}: within the limits for women (18 mL) and men (25 mL).",
                f"双叶总体积 {figure}：在女性（18 mL）和男性（25 mL）上限之内。",
                source="volume",
            )
        ]
    if total <= VOLUME_LIMIT_MEN_ML:
        en, zh = (
            "above the limit for women (18 mL), within that for men (25 mL)",
            "超过女性上限（18 mL），未超过男性上限（25 mL）",
        )
    else:
        en = "above the limits for women (18 mL) and men (25 mL)"
        zh = "超过女性（18 mL）和男性（25 mL）上限"
    return [
        Finding(
            f"Volume of both lobes {figure}: {en}.",
            f"双叶总体积 {figure}：{zh}。",
            "attention",
            "volume",
            "Judge the volume by the patient's sex; consider thyroid function tests when it is enlarged.",
            "请结合患者性别判断体积；若增大，可考虑检查甲状腺功能。",
        )
    ]


def _isthmus(record: Record) -> list[Finding]:
    row = _measured(record, "isthmus_thickness")
    if row is None:
        return []
    spread = f" ± {row['uncertainty']:.1f}" if row["uncertainty"] is not None else ""
    figure = f"{row['value']:.1f}{spread} mm"
    if row["value"] <= ISTHMUS_LIMIT_MM:
        return [
            Finding(
                f"Isthmus {figure} thick: not thickened (limit {ISTHMUS_LIMIT_MM} mm).",
                f"峡部厚度 {figure}：未增厚（上限 {ISTHMUS_LIMIT_MM} mm）。",
                source="isthmus",
            )
        ]
    return [
        Finding(
            f"Isthmus {figure} thick: thickened (limit {ISTHMUS_LIMIT_MM} mm).",
            f"峡部厚度 {figure}：增厚（上限 {ISTHMUS_LIMIT_MM} mm）。",
            "attention",
            "isthmus",
            "Look at the gland's texture and at thyroid function for diffuse disease.",
            "请结合腺体回声及甲状腺功能，排查弥漫性病变。",
        )
    ]


def _nodules(record: Record) -> list[Finding]:
    """Nodules labelled by the network on captured planes, by their largest extent."""
    seen = []
    for plane in record["planes"]:
        for outline in plane.get("outlines_mm", {}).get("nodule", ()):
            seen.append((plane, _extent_mm(outline)))
    captured = [plane for plane in record["planes"] if plane["obtained"]]
    if seen:
        en = ", ".join(f"{plane['title']}: {size:.0f} mm" for plane, size in seen[:LIST_LIMIT])
        zh = "，".join(f"{plane['title_zh']}：{size:.0f} mm" for plane, size in seen[:LIST_LIMIT])
        return [
            Finding(
                f"Regions that look like a nodule to the network ({en}).",
                f"网络识别出疑似结节区域（{zh}）。",
                "attention",
                "nodule",
                "Examine these regions and classify them by ACR TI-RADS.",
                "请复查上述区域，并按 ACR TI-RADS 分类。",
            )
        ]
    if not captured:
        return []
    return [
        Finding(
            "No nodule was recognised on the captured planes; this does not exclude one elsewhere in the gland.",
            "所获切面未识别出结节；不能排除腺体其他部位的结节。",
        )
    ]


def _extent_mm(outline: Sequence[Sequence[float]]) -> float:
    return max((math.dist(a, b) for a in outline for b in outline), default=0.0)


def _completeness(record: Record) -> list[Finding]:
    missing = [plane for plane in record["planes"] if not plane["obtained"]]
    if not missing and not record["ended"]:
        return [Finding("All planes of the protocol were obtained.", "方案要求的切面全部获得。", source="protocol")]
    found = []
    if record["ended"]:
        reason = _sentence(record["ended"])
        found.append(Finding(f"The exam ended early: {reason}.", f"检查提前结束：{chinese(reason)}。", "missing"))
    for plane in missing:
        reason = _sentence(plane["not_obtained_because"])
        en = f"{plane['title']} not obtained, because: {reason}."
        found.append(Finding(en, f"{plane['title_zh']}未获得，原因：{chinese(reason)}。", "missing"))
    if missing:
        last = found.pop()
        suggestion = "Complete the missing planes by hand or repeat the exam.", "请人工补充缺失切面，或重新检查。"
        found.append(Finding(last.en, last.zh, last.kind, "protocol", *suggestion))
    return found


def _sentence(reason: str) -> str:
    """The reason without its own full stop."""
    return str(reason).rstrip(". ")
