"""Names of measurements, structures and words, for people: English and Chinese."""

from __future__ import annotations

from typing import NamedTuple


class Title(NamedTuple):
    """A name in both languages."""

    en: str
    zh: str


_SIDES = {"right": Title("Right lobe", "右叶"), "left": Title("Left lobe", "左叶"), "isthmus": Title("Isthmus", "峡部")}
_QUANTITIES = {
    "length": Title("length", "长径"),
    "width": Title("width", "横径"),
    "depth": Title("depth", "前后径"),
    "volume": Title("volume", "体积"),
    "thickness": Title("thickness", "厚度"),
}
STRUCTURES = {
    "thyroid": Title("Thyroid", "甲状腺"),
    "nodule": Title("Nodule", "结节"),
    "trachea": Title("Trachea", "气管"),
    "carotid": Title("Carotid artery", "颈动脉"),
    "jugular": Title("Jugular vein", "颈静脉"),
}


def measurement_title(name: str) -> Title:
    """Title of a measurement: "right_lobe_length" is "Right lobe length" / "右叶长径"."""
    side, _, rest = name.partition("_")
    quantity = _QUANTITIES.get(rest.rpartition("_")[2])
    if side in _SIDES and quantity is not None:
        return Title(f"{_SIDES[side].en} {quantity.en}", f"{_SIDES[side].zh}{quantity.zh}")
    return Title(name.replace("_", " ").capitalize(), name.replace("_", " "))


def plane_title(name: str) -> str:
    """Readable form of a plane's identifier when no title is known."""
    return name.replace("_", " ").capitalize()


def signed(value: float | None) -> str:
    """A difference with its sign and one decimal, without a negative zero; "" for None."""
    if value is None:
        return ""
    return f"{round(value, 1) + 0.0:+.1f}"
