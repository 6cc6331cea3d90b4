"""The steering benchmark's figures and its door."""

from __future__ import annotations

import math

import pytest

from sonoreach.cli.bench.steering import figures, line, parse_seeds
from sonoreach.errors import InputError
from sonoreach.station.lockstep_score import ExamScore, ForceScore, PlaneScore
from sonoreach.types.exam import PlaneResult


def score(*planes: PlaneScore) -> ExamScore:
    return ExamScore(1, list(planes), ForceScore(squares_n2=4.0, samples=100, peak_n=3.5), "", 30.0, 10.0)


GOOD = PlaneScore(PlaneResult("isthmus_transverse", True, seconds=4.0), 1.0, 2.0, True)
FALSE = PlaneScore(PlaneResult("left_transverse", True, seconds=8.0), 9.0, 4.0, False)
MISSED = PlaneScore(PlaneResult("left_longitudinal", False, seconds=40.0, not_obtained_because="not found"))


def test_figures_count_what_they_say() -> None:
    got = figures([score(GOOD, FALSE), score(GOOD, MISSED)], [score(GOOD)])
    assert got["patients"] == 2 and got["planes_total"] == 4
    assert got["planes_qualified_fraction"] == 0.75
    assert got["planes_standard_fraction"] == 0.5
    assert got["false_qualified_fraction"] == pytest.approx(1 / 3)
    assert got["time_to_plane_median_s"] == 4.0
    assert got["plane_error_median_mm"] == 1.0
    assert got["force_rmse_n"] == pytest.approx(0.2)
    assert got["realtime_factor"] == pytest.approx(3.0)


def test_nothing_captured_gives_no_made_up_numbers() -> None:
    got = figures([score(MISSED)], [])
    assert got["planes_qualified_fraction"] == 0.0
    assert got["plane_error_median_mm"] is None and got["false_qualified_fraction"] is None
    assert not any(isinstance(v, float) and math.isnan(v) for v in got.values())


def test_the_line_of_an_exam_says_why_a_plane_is_missing() -> None:
    assert "not obtained: not found" in line(score(GOOD, MISSED))
    assert "9.0mm 4°!" in line(score(FALSE))


@pytest.mark.parametrize("text", ["", "a", "5-", "-5", "7-3", "1-2-3", "1.5", "0-99999999999"])
def test_bad_seeds_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--patients is"):
        parse_seeds(text)


def test_seeds_include_both_ends() -> None:
    assert list(parse_seeds("10000-10002")) == [10000, 10001, 10002]
    assert list(parse_seeds("7")) == [7]
