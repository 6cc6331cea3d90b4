"""Findings by rule."""

import pytest

from sonoreach.reporting.document.findings import findings
from sonoreach.reporting.document.sources import SOURCES


def record(measured=None, planes=(), ended=""):
    rows = [{"name": name, "value": value, "uncertainty": 0.5} for name, value in (measured or {}).items()]
    return {"measurements": rows, "planes": list(planes), "ended": ended}


def plane(obtained, **fields):
    return {
        "title": "Isthmus", "title_zh": "峡部", "obtained": obtained, "not_obtained_because": "no time.", **fields
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "left", "kind", "words"),
    [
        (8.0, 7.0, "fact", "within the limits for women (18 mL) and men (25 mL)"),
        (10.0, 9.0, "attention", "above the limit for women (18 mL), within that for men (25 mL)"),
        (14.0, 13.0, "attention", "above the limits for women (18 mL) and men (25 mL)"),
    ],
)
def test_volume(right, left, kind, words):
    found = findings(record({"right_lobe_volume": right, "left_lobe_volume": left}))[0]
    assert found.kind == kind and words in found.en and f"{right + left:.1f} ± 0.7 mL" in found.en
    assert bool(found.suggestion_en) == (kind == "attention")


def test_one_lobe_gives_no_statement_on_the_volume():
    assert not any("Volume" in f.en for f in findings(record({"right_lobe_volume": 30.0})))


@pytest.mark.parametrize(("value", "kind"), [(5.1, "fact"), (5.2, "attention")])
def test_isthmus(value, kind):
    assert findings(record({"isthmus_thickness": value}))[0].kind == kind


def test_nodule_is_sized_and_suggested():
    outline = [[0.0, 10.0], [3.0, 14.0], [0.0, 14.0]]
    found = findings(record(planes=[plane(True, outlines_mm={"nodule": [outline]})]))
    assert "Isthmus: 5 mm" in found[0].en and found[0].source == "nodule" and found[0].suggestion_zh
    assert not any("No nodule" in f.en for f in found)


def test_absence_of_nodules_is_only_said_when_something_was_seen():
    assert "does not exclude" in findings(record(planes=[plane(True, outlines_mm={})]))[0].en
    assert not any("nodule" in f.en for f in findings(record(planes=[plane(False)])))


def test_missing_planes_and_early_end():
    found = findings(record(planes=[plane(False)], ended="safety stop."))
    assert [f.en for f in found] == [
        "The exam ended early: safety stop.",
        "Isthmus not obtained, because: no time.",
    ]
    assert found[-1].suggestion_en and {f.kind for f in found} == {"missing"}


def test_every_source_is_known():
    rich = {"right_lobe_volume": 30.0, "left_lobe_volume": 1.0, "isthmus_thickness": 9.0}
    cases = [record(rich, [plane(True, outlines_mm={"nodule": [[[0, 0], [1, 1]]]}), plane(False)]), record()]
    assert {f.source for case in cases for f in findings(case)} <= {*SOURCES, ""}
