"""Sentences of other rooms in Chinese."""

import re

import pytest

from sonoreach.perception.measure.plane import MEASURES
from sonoreach.perception.measure.volume import METHOD
from sonoreach.reporting.document.chinese import chinese

LETTERS = re.compile(r"[A-Za-z]{3,}")


@pytest.mark.parametrize("sentence", sorted({measure.method for measure in MEASURES.values()} | {METHOD}))
def test_every_method_of_measurement_is_known(sentence):
    assert not LETTERS.search(chinese(sentence).replace("Brunn", ""))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "not found within 40 s, criteria missed most: yaw in 90 % of the frames, contact in 20 % of the frames",
            "40 秒内未找到，最常未满足的标准：yaw（90 % 的帧），contact（20 % 的帧）",
        ),
        ("the lobe's width was not obtained", "未获得腺叶横径"),
        ("the exam ended early: the arm stopped itself: joint limit", "检查提前结束：机械臂自行停止：joint limit"),
        ("the exam ended early: cancelled by the operator", "检查提前结束：操作者中止"),
        ("something new", "something new"),
    ],
)
def test_reasons(sentence, expected):
    assert chinese(sentence) == expected
