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
from sonoreach.perception.model_card import MeasurementError, ModelCard
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
UNKNOWN_ERROR = MeasurementError(mean_mm=0.0, std_mm=1.5)
Errors = Mapping[str, MeasurementError]


def kind_of(name: str) -> str:
    """The kind of a measurement, the same for both sides: "right_lobe_depth" is a "lobe_depth"."""
    return name.removeprefix("right_").removeprefix("left_")


def measure_plane(capture: CapturedPlane, spec: PlaneSpec, errors: Errors | None = None) -> list[Measurement]:
    """Take every measurement that a plane lists; volumes are left to `derive_volumes`.

    Args:
        capture: the captured image with its estimate.
        spec: the plane.
        errors: error of each kind of measurement on validation patients; those on the card of the model that
            comes with SonoReach when None. The mean is taken off the value, the standard deviation is its
            uncertainty.

    Returns:
        One measurement a name, obtained or with the reason why not, in the order of the plane.

    Raises:
        InputError: the plane lists a measurement that does not exist.
    """
    names = [name for name in spec.measurements if not name.endswith("_volume")]
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise InputError(f"plane {spec.name} asks for {unknown[0]!r}, which is none of {', '.join(MEASURES)}")
    return measure_estimate(capture.estimate, spec, names, shipped_errors() if errors is None else errors)


def measure_estimate(estimate: PlaneEstimate, spec: PlaneSpec, names: list[str], errors: Errors) -> list[Measurement]:
    """As `measure_plane`, on an estimate alone; every name is one of `MEASURES`."""
    section = Section.of(estimate)
    return [_measure(name, estimate, spec, section, errors.get(kind_of(name), UNKNOWN_ERROR)) for name in names]


def _measure(
    name: str, estimate: PlaneEstimate, spec: PlaneSpec, section: Section, error: MeasurementError
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
    pixel_mm = sqrt((estimate.label_dx_m**2 + estimate.label_dz_m**2) / 2) * 1e3
    return Measurement(
        name=name,
        plane=spec.name,
        value=result.length_m * 1e3 - error.mean_mm,
        unit="mm",
        method=measure.method + _correction(error),
        uncertainty=hypot(pixel_mm / sqrt(6), error.std_mm),
        source_frame_ids=sources,
        calipers_m=result.calipers_m,
    )


def _correction(error: MeasurementError) -> str:
    """What was added to the caliper distance, in words, where it shows in the printed digits."""
    added_mm = round(-error.mean_mm, 1)
    return f", {added_mm:+.1f} mm for the mean error on validation patients" if added_mm else ""


@cache
def shipped_errors() -> Errors:
    """Errors on validation patients, from the card of the model that comes with SonoReach."""
    return ModelCard.load().measurement_errors
