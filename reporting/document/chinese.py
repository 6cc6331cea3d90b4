"""Chinese for the sentences that other rooms give in English: methods, and reasons why something was not obtained.

A sentence that no pattern knows stays in English: better than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NODES = {
    "registration": "患者定位",
    "arm": "机械臂",
    "front_end": "超声前端",
    "beamformer": "波束合成",
    "perception": "图像识别",
    "steering": "探头导引",
    "exam": "检查流程",
    "measurement": "测量",
    "report": "报告",
    "safety": "安全监护",
}
_CRITERIA = {
    "probability": "切面概率",
    "quality": "图像质量",
    "contact": "声耦合",
    "offset": "横向偏移",
    "out_of_plane": "切面外偏移",
    "yaw": "偏转角",
    "contact_state": "接触状态",
    "force": "接触力",
    "motion": "探头移动",
    "at_target": "未到目标位",
    "criteria": "无判读结果",
}
_STRUCTURES = {"thyroid": "甲状腺", "nodule": "结节", "trachea": "气管", "carotid": "颈动脉", "jugular": "颈静脉"}
_ASPECTS = {"area": "面积", "edge": "触及边缘", "offset": "偏移"}


def _nodes(names: str) -> str:
    return "、".join(_NODES.get(name, name) for name in names.split(", "))


def _criterion(name: str) -> str:
    structure, _, aspect = name.partition("_")
    if structure in _STRUCTURES and aspect in _ASPECTS:
        return _STRUCTURES[structure] + _ASPECTS[aspect]
    return _CRITERIA.get(name, name)


_Words = str | Callable[[re.Match[str]], str]
_PATTERNS: tuple[tuple[str, _Words], ...] = (
    # methods of measurement
    (r"lateral extent of the lobe's outline without the isthmus", "腺叶轮廓（不含峡部）的横向最大径"),
    (r"antero-posterior extent of the lobe's outline without the isthmus", "腺叶轮廓（不含峡部）的前后径"),
    (r"longest extent of the lobe's outline along its own axis", "腺叶轮廓沿自身长轴的最大径"),
    (r"thickness of the gland in front of the middle of the trachea", "气管正中前方腺体的厚度"),
    (r"ellipsoid, 0\.479 x length x width x depth \(Brunn 1981\)", "椭球公式 0.479 × 长 × 宽 × 厚（Brunn 1981）"),
    (r", ([+-][\d.]+) mm for the mean error on validation patients", r"，已按验证患者的平均误差修正 \1 mm"),
    # why a measurement was not obtained
    (
        r"the trachea, in front of which the isthmus lies, is not seen on the captured image",
        "所获图像未见气管（峡部位于其前方）",
    ),
    (r"no gland is seen in front of the trachea", "气管前方未见腺体"),
    (r"the isthmus reaches beyond the image", "峡部超出图像范围"),
    (r"no lobe is seen on the captured image", "所获图像未见腺叶"),
    (
        r"the lobe reaches beyond the image \((\d+) mm of its outline lie on the border\)",
        r"腺叶超出图像范围（轮廓有 \1 mm 位于边缘）",
    ),
    (r"the lobe's length was not obtained", "未获得腺叶长径"),
    (r"the lobe's width was not obtained", "未获得腺叶横径"),
    (r"the lobe's depth was not obtained", "未获得腺叶前后径"),
    (r"its plane was not obtained", "未获得相应切面"),
    # why a plane was not obtained, why an exam ended
    (r"not found within ([\d.]+) s", r"\1 秒内未找到"),
    (r"no image was judged", "没有可判读的图像"),
    (r"no image was captured", "未采集到图像"),
    (
        r"the criteria were met, but never for ([\d.]+) s without a break",
        r"标准曾满足，但未能连续保持 \1 秒",
    ),
    (r"criteria missed most: ", "最常未满足的标准："),
    (r"(\w+) in (\d+) % of the frames", lambda m: f"{_criterion(m[1])}（{m[2]} % 的帧）"),
    (r"the exam ended before this plane was finished: ", "检查在该切面完成前结束："),
    (r"the exam ended before it was measured", "检查在测量前结束"),
    (r"the exam ended early: ", "检查提前结束："),
    (r"the start was not reached within ([\d.]+) s", r"\1 秒内未到达起始位置"),
    (r"no firm contact within ([\d.]+) s", r"\1 秒内未建立稳定接触"),
    (r"the exam's time limit of ([\d.]+) s was reached", r"已达检查时限 \1 秒"),
    (r"cancelled by the operator", "操作者中止"),
    (r"the exam was broken off, and another one started", "检查中断，随后开始了另一次检查"),
    # why the arm was stopped
    (r"the arm stopped itself: ", "机械臂自行停止："),
    (r"no reason given", "未说明原因"),
    (r"stopped on request", "应要求停止"),
    (r"no sign of life from (\w+(?:, \w+)*)", lambda m: f"{_nodes(m[1])}无响应"),
    (r"(\w+): its process died", lambda m: f"{_nodes(m[1])}：进程意外终止"),
    (r"(\w+(?:, \w+)*) died", lambda m: f"{_nodes(m[1])}的进程意外终止"),
    (r" \(killed by (SIG\w+)\)", r"（被 \1 信号终止）"),
    (r" \(exit code (-?\d+)(?:, (.*))?\)", lambda m: f"（退出码 {m[1]}{'：' + m[2] if m[2] else ''}）"),
    (
        r"the probe's face is at ([\d.]+) °C, allowed up to ([\d.]+) °C",
        r"探头表面温度 \1 °C，允许上限 \2 °C",
    ),
    (r"the arm reports numbers that are not finite", "机械臂报告了无效数值"),
    (
        r"the force is ([-\d.]+) N, allowed up to ([\d.]+) N in region (\w+)",
        r"接触力 \1 N，该部位（\3）允许上限 \2 N",
    ),
    (r"the probe moves at ([\d.]+) m/s, allowed up to ([\d.]+) m/s", r"探头速度 \1 m/s，允许上限 \2 m/s"),
    (r"the probe is at (\[.*?\]) m, outside its workspace", r"探头位置 \1 m，超出工作空间"),
    (r"contact force ([-\d.]+) N beyond the region's limit", r"接触力 \1 N 超出该部位限值"),
    (r"contact torque ([-\d.]+) N m beyond the region's limit", r"接触力矩 \1 N·m 超出该部位限值"),
    (r"probe speed ([-\d.]+) m/s beyond its limit", r"探头速度 \1 m/s 超限"),
    (r"probe acceleration ([-\d.]+) m/s² beyond its limit", r"探头加速度 \1 m/s² 超限"),
    (r"the probe left its workspace by ([-\d.]+) m", r"探头超出工作空间 \1 m"),
    (r"the probe went ([-\d.]+) m beyond the first touch", r"探头越过首次接触点 \1 m"),
    (r"the contact force jumped at ([-\d.]+) N/s", r"接触力突变 \1 N/s"),
    (r"a measured or computed value was not finite", "测量或计算值无效"),
    (r"the control loop paused for ([-\d.]+) s", r"控制循环中断 \1 s"),
    (r"no skin was found within ([-\d.]+) m of where it was expected", r"预期位置 \1 m 内未触及皮肤"),
    (
        r"something pushes against the arm's links: ([-\d.]+) N m beyond what friction explains",
        r"机械臂连杆受到外力：超出摩擦可解释的范围 \1 N·m",
    ),
    (r"the force sensor drifted by ([-\d.]+) N in free air: calibrate it", r"力传感器空载漂移 \1 N，请校准"),
    (r"(?<=[）一-鿿]), |, (?=[一-鿿])", "，"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _PATTERNS)


def chinese(sentence: str) -> str:
    """The sentence in Chinese as far as its patterns are known."""
    for pattern, words in _COMPILED:
        sentence = pattern.sub(words, sentence)
    return sentence
