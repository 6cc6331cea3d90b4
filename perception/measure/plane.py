"""Take the measurements that a plane asks for on its captured image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import hypot, sqrt

from sonoreach.errors import InputError
from sonoreach.perception.measure.extent import Extent
from sonoreach.perception.measure.isthmus import isthmus_thickness
from sonoreach.perception.measure.lobe import lobe_depth, lobe_length, lobe_width
from sonoreach.perception.measure.section import Section
from sonoreach.perception.model_card import ModelCard
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneEstimate, PlaneSpec, Side


@dataclass(frozen=True)
class Measure:
    """One kind of measurement: on which orientation, by what function, in one sentence."""

    orientation: str
    take: Callable[[Section, Side], Extent | str]
    method: str


LENGTH = Measure("longitudinal", lobe_length, "longest extent of the lobe's outline along its own axis")
WIDTH = Measure("transverse", lobe_width, "lateral extent of the lobe's outline without the isthmus")
DEPTH = Measure("transverse", lobe_depth, "antero-posterior extent of the lobe's outline without the isthmus")
ISTHMUS = Measure("transverse", isthmus_thickness, "thickness of the gland in front of the middle of the trachea")
MEASURES = {
    "right_lobe_length": LENGTH,
    "right_lobe_width": WIDTH,
    "right_lobe_depth": DEPTH,
    "left_lobe_length": LENGTH,
    "left_lobe_width": WIDTH,
    "left_lobe_depth": DEPTH,
    "isthmus_thickness": ISTHMUS,
}
# Where a card gives no error of a measurement: about two pixels of the network at either end.
UNKNOWN_STD_MM = 1.5


def measure_plane(
    capture: CapturedPlane, spec: PlaneSpec, std_mm: Mapping[str, float] | None = None
) -> list[Measurement]:
    """Take every measurement that a plane lists; volumes are left to `derive_volumes`.

    Args:
        capture: the captured image with its estimate.
        spec: the plane.
        std_mm: standard deviation of each measurement's error on validation patients [mm]; those on the card
            of the model that comes with SonoReach when None.

    Returns:
        One measurement a name, obtained or with the reason why not, in the order of the plane.

    Raises:
        InputError: the plane lists a measurement that does not exist.
    """
    names = [name for name in spec.measurements if not name.endswith("_volume")]
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise InputError(f"plane {spec.name} asks for {unknown[0]!r}, which is none of {', '.join(MEASURES)}")
    return measure_estimate(capture.estimate, spec, names, shipped_std_mm() if std_mm is None else std_mm)


def measure_estimate(
    estimate: PlaneEstimate, spec: PlaneSpec, names: list[str], std_mm: Mapping[str, float]
) -> list[Measurement]:
    """As `measure_plane`, on an estimate alone; every name is one of `MEASURES`."""
    section = Section.of(estimate)
    pixel_mm = hypot(estimate.label_dx_m, estimate.label_dz_m) / sqrt(2) * 1e3
    return [
        _measure(name, estimate, spec, section, hypot(pixel_mm / sqrt(6), std_mm.get(name, UNKNOWN_STD_MM)))
        for name in names
    ]


def _measure(
    name: str, estimate: PlaneEstimate, spec: PlaneSpec, section: Section, uncertainty_mm: float
) -> Measurement:
    """One measurement; the pixel's share of its uncertainty is that of two ends, each uniform over a pixel."""
    measure = MEASURES[name]
    if measure.orientation != spec.orientation:
        result: Extent | str = f"it is taken on a {measure.orientation} plane, and {spec.name} is {spec.orientation}"
    else:
        result = measure.take(section, spec.side)
    sources = (estimate.frame_id,)
    if isinstance(result, str):
        return Measurement(
            name, spec.name, None, "mm", measure.method, source_frame_ids=sources, not_obtained_because=result
        )
    return Measurement(
        name, spec.name, result.length_m * 1e3, "mm", measure.method, uncertainty_mm, sources, result.calipers_m
    )


@cache
def shipped_std_mm() -> Mapping[str, float]:
    """Errors on validation patients, from the card of the model that comes with SonoReach."""
    return ModelCard.load().measurement_std_mm
