"""Volumes that follow from measured diameters."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

from sonoreach.types.measurement import Measurement

# Brunn et al., "Volumetrie der Schilddrüsenlappen mittels Real-time-Sonographie", Dtsch Med Wochenschr 1981:
# 0.479 fits the lobes better than the 0.524 (pi/6) of a plain ellipsoid.
BRUNN_FACTOR = 0.479
# The two factors in use differ by 9 %: how a lobe departs from an ellipsoid is not known better than about this.
SHAPE_STD = 0.08
METHOD = "ellipsoid, 0.479 x length x width x depth (Brunn 1981)"
DIAMETERS = ("length", "width", "depth")


def derive_volumes(measurements: Iterable[Measurement]) -> list[Measurement]:
    """Volume [mL] of each lobe of which anything was measured.

    A volume needs all three diameters; when one is missing it is not obtained, and says which. Of a diameter
    measured twice, the one with the least uncertainty counts.
    """
    by_name: dict[str, Measurement] = {}
    for m in measurements:
        known = by_name.get(m.name)
        if known is None or _rank(m) < _rank(known):
            by_name[m.name] = m
    volumes = []
    for side in ("right", "left"):
        diameters = {d: by_name.get(f"{side}_lobe_{d}") for d in DIAMETERS}
        if any(diameters.values()):
            volumes.append(_volume(f"{side}_lobe_volume", diameters))
    return volumes


def _rank(m: Measurement) -> tuple[bool, float]:
    """Obtained before not obtained, certain before uncertain."""
    return m.value is None, m.uncertainty if m.uncertainty is not None else float("inf")


def _volume(name: str, diameters: dict[str, Measurement | None]) -> Measurement:
    """One lobe's volume; its relative uncertainty from the shape's and the diameters' (taken as independent)."""
    sources = tuple(sorted({f for m in diameters.values() if m for f in m.source_frame_ids}))
    value, relative = BRUNN_FACTOR * 1e-3, SHAPE_STD  # mm³ to mL
    for diameter, m in diameters.items():
        if m is None or m.value is None or m.value <= 0:
            return Measurement(
                name, "", None, "mL", METHOD, not_obtained_because=f"the lobe's {diameter} was not obtained"
            )
        value *= m.value
        relative = hypot(relative, (m.uncertainty or 0.0) / m.value)
    return Measurement(name, "", value, "mL", METHOD, value * relative, sources)
