"""Chinese for the sentences that other rooms give in English: methods, and reasons why something was not obtained.

A sentence that no pattern knows stays in English: better than none.
"""

from __future__ import annotations

import re

_PATTERNS: tuple[tuple[str, str], ...] = (
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
    (r"(\w+) in (\d+) % of the frames", r"\1（\2 % 的帧）"),
    (r"the exam ended before this plane was finished: ", "检查在该切面完成前结束："),
    (r"the exam ended before it was measured", "检查在测量前结束"),
    (r"the exam ended early: ", "检查提前结束："),
    (r"the start was not reached within ([\d.]+) s", r"\1 秒内未到达起始位置"),
    (r"no firm contact within ([\d.]+) s", r"\1 秒内未建立稳定接触"),
    (r"the exam's time limit of ([\d.]+) s was reached", r"已达检查时限 \1 秒"),
    (r"cancelled by the operator", "操作者中止"),
    (r"the arm stopped itself: ", "机械臂自行停止："),
    (r"(?<=[）一-鿿]), |, (?=[一-鿿])", "，"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _PATTERNS)


def chinese(sentence: str) -> str:
    """The sentence in Chinese as far as its patterns are known."""
    for pattern, words in _COMPILED:
        sentence = pattern.sub(words, sentence)
    return sentence
