"""Values as JSON."""

import json
import math

import numpy as np

from sonoreach.reporting.jsonable import dump, jsonable
from sonoreach.types.exam import ExamPhase
from sonoreach.types.plane import Criterion
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ContactState


def test_values_of_every_kind():
    assert jsonable(ContactState.SCAN) == "scan"
    assert jsonable(ExamPhase.HOLD) == "hold"
    assert jsonable(np.float32(0.1)) == 0.1
    assert jsonable(np.int64(3)) == 3 and jsonable(True) is True and jsonable(np.bool_(False)) is False
    assert jsonable([math.inf, math.nan, 1.0]) == [None, None, 1.0]
    assert jsonable({3: (1, 2)}) == {"3": [1, 2]}
    assert jsonable({"b", "a"}) == ["a", "b"]
    assert jsonable(Pose()) == {"position_m": [0, 0, 0], "quaternion_xyzw": [0, 0, 0, 1]}
    assert jsonable(Criterion("still", 0.1, 0.0, math.inf, True))["maximum"] is None


def test_floats_keep_seven_digits():
    assert jsonable(math.pi * 1e-3) == 0.003141593


def test_dump_is_json_sorted_and_keeps_number_lists_on_one_line():
    value = {"b": list(range(200)), "a": {"x": [{"y": 1.5, "text": "甲" * 60}] * 2}}
    text = dump(value)
    assert json.loads(text) == value
    assert text.index('"a"') < text.index('"b"')
    assert len(text.splitlines()) < 15
