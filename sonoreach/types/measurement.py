"""A measurement on a captured plane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One number with everything needed to trust it.

    Attributes:
        name: identifier, e.g. "right_lobe_length".
        plane: plane on which it was taken.
        value: in `unit`; None when not obtained.
        unit: UCUM code, e.g. "mm", "mL".
        method: how it was taken, one sentence.
        uncertainty: one standard deviation, in `unit`.
        source_frame_ids: image frames that it rests on.
        calipers_m: end points (x, z) in the image plane [m], pairs; empty for derived values.
        not_obtained_because: reason when value is None, else "".
        truth: true value in `unit`, known in simulation only.
    """

    name: str
    plane: str
    value: float | None
    unit: str
    method: str
    uncertainty: float | None = None
    source_frame_ids: tuple[int, ...] = ()
    calipers_m: tuple[tuple[float, float], ...] = ()
    not_obtained_because: str = ""
    truth: float | None = None
