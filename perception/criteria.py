"""The named criteria by which a plane qualifies, each with its value and its limits."""

from __future__ import annotations

from math import inf

from sonoreach.perception.structures import SMALLEST_AREA_M2
from sonoreach.types.plane import Criterion, PlaneOffset, PlaneSpec, SeenStructure, StructureRule


def judge(
    spec: PlaneSpec,
    *,
    probability: float,
    quality: float,
    contact: float,
    offset: PlaneOffset | None,
    structures: tuple[SeenStructure, ...],
) -> tuple[Criterion, ...]:
    """Evaluate every criterion of a plane on one image.

    Motion is not among them: an image cannot tell it, the exam judges it by the probe's own state.

    Args:
        spec: the wanted plane with its limits.
        probability, quality, contact: of the image (0-1).
        offset: where the wanted plane lies; None when nothing is recognised, which misses the three of it.
        structures: what is seen, the largest of each kind first.

    Returns:
        probability, quality, contact, offset [m], out_of_plane [m], yaw [rad], then for each rule
        NAME_area [m²], NAME_edge and NAME_offset [m] where the rule sets a limit.
    """
    criteria = [
        at_least("probability", probability, spec.min_probability),
        at_least("quality", quality, spec.min_quality),
        at_least("contact", contact, spec.min_contact),
        at_most("offset", abs(offset.x_m) if offset else inf, spec.max_offset_m),
        at_most("out_of_plane", abs(offset.y_m) if offset else inf, spec.max_out_of_plane_m),
        at_most("yaw", abs(offset.yaw_rad) if offset else inf, spec.max_yaw_rad),
    ]
    for rule in spec.rules:
        criteria += judge_rule(rule, structures)
    return tuple(criteria)


def judge_rule(rule: StructureRule, structures: tuple[SeenStructure, ...]) -> list[Criterion]:
    """Evaluate a rule on the largest structure of its kind; one that is not seen misses everything asked."""
    seen = next((s for s in structures if s.structure == rule.structure), None)
    criteria = [
        at_least(f"{rule.structure}_area", seen.area_m2 if seen else 0.0, max(rule.min_area_m2, SMALLEST_AREA_M2))
    ]
    if rule.max_edge_fraction < 1.0:
        criteria.append(at_most(f"{rule.structure}_edge", seen.edge_fraction if seen else 1.0, rule.max_edge_fraction))
    if rule.max_offset_m < inf:
        criteria.append(at_most(f"{rule.structure}_offset", abs(seen.x_m) if seen else inf, rule.max_offset_m))
    return criteria


def at_least(name: str, value: float, minimum: float) -> Criterion:
    """A criterion with a lower limit."""
    return Criterion(name, value, minimum, inf, value >= minimum)


def at_most(name: str, value: float, maximum: float) -> Criterion:
    """A criterion with an upper limit."""
    return Criterion(name, value, 0.0, maximum, value <= maximum)
