"""What a pixel can be: the labels shared by ground truth, perception and measurement."""

from __future__ import annotations

from enum import IntEnum


class Structure(IntEnum):
    """Tissue classes of a label map (uint8)."""

    NONE = 0  # outside the body, or no acoustic contact
    SKIN = 1
    FAT = 2
    MUSCLE = 3  # strap and sternocleidomastoid
    THYROID = 4
    NODULE = 5
    TRACHEA = 6  # wall and lumen
    CAROTID = 7  # wall and lumen
    JUGULAR = 8
    BONE = 9  # spine
    SOFT = 10  # other connective tissue
