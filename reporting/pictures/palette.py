"""Colours of the pictures, RGB, one meaning each."""

from __future__ import annotations

Rgb = tuple[int, int, int]

BACKGROUND: Rgb = (13, 18, 30)
PANEL: Rgb = (22, 29, 45)
LINE: Rgb = (52, 64, 90)
TEXT: Rgb = (232, 238, 248)
MUTED: Rgb = (142, 156, 182)
GOOD: Rgb = (72, 214, 151)
BAD: Rgb = (255, 107, 107)
CALIPER: Rgb = (255, 226, 92)
FORCE: Rgb = (92, 200, 255)
FORCE_DIM: Rgb = (48, 98, 132)

STRUCTURES: dict[str, Rgb] = {
    "thyroid": (56, 225, 198),
    "nodule": (255, 176, 32),
    "trachea": (111, 177, 255),
    "carotid": (255, 92, 92),
    "jugular": (150, 130, 255),
}
_PLANES: tuple[Rgb, ...] = ((79, 195, 247), (77, 208, 161), (255, 213, 79), (255, 138, 101), (186, 120, 220))


def plane_color(index: int) -> Rgb:
    """Colour of the protocol's plane number `index`."""
    return _PLANES[index % len(_PLANES)]


def unit_rgb(color: Rgb) -> tuple[float, float, float]:
    """The colour in 0-1, as matplotlib wants it."""
    return color[0] / 255, color[1] / 255, color[2] / 255
