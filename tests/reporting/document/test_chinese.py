"""Sentences of other rooms in Chinese."""

import re

import pytest

from sonoreach.control.reflexes import SENTENCES
from sonoreach.perception.measure.plane import MEASURES
from sonoreach.perception.measure.volume import METHOD
from sonoreach.reporting.document.chinese import chinese
from sonoreach_nodes.run_nodes import NODES

LETTERS = re.compile(r"[A-Za-z]{3,}")


@pytest.mark.parametrize("sentence", sorted({measure.method for measure in MEASURES.values()} | {METHOD}))
def test_every_method_of_measurement_is_known(sentence):
    assert not LETTERS.search(chinese(sentence).replace("Brunn", ""))


@pytest.mark.parametrize("reflex", SENTENCES)
def test_every_reflex_of_the_arm_is_known(reflex):
    assert not LETTERS.search(chinese(SENTENCES[reflex].format(-1.25)))


@pytest.mark.parametrize("name", NODES)
def test_every_node_has_a_name(name):
    assert not LETTERS.search(chinese(f"no sign of life from {name}"))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "not found within 40 s, criteria missed most: yaw in 90 % of the frames, contact in 20 % of the frames",
            "40 秒内未找到，最常未满足的标准：偏转角（90 % 的帧），声耦合（20 % 的帧）",
        ),
        ("the lobe's width was not obtained", "未获得腺叶横径"),
        ("the exam ended early: the arm stopped itself: joint limit", "检查提前结束：机械臂自行停止：joint limit"),
        ("the exam ended early: cancelled by the operator", "检查提前结束：操作者中止"),
        ("arm: its process died (killed by SIGKILL)", "机械臂：进程意外终止（被 SIGKILL 信号终止）"),
        (
            "perception, steering, exam died (exit code 1, out of memory)",
            "图像识别、探头导引、检查流程的进程意外终止（退出码 1：out of memory）",
        ),
        ("no sign of life from front_end, beamformer", "超声前端、波束合成无响应"),
        ("criteria missed most: thyroid_edge in 7 % of the frames", "最常未满足的标准：甲状腺触及边缘（7 % 的帧）"),
        ("something new", "something new"),
    ],
)
def test_reasons(sentence, expected):
    assert chinese(sentence) == expected
