"""Each criterion is met and missed where its limit says."""

from dataclasses import replace

from sonoreach.perception.criteria import judge
from sonoreach.types.plane import Criterion, PlaneOffset, PlaneSpec, SeenStructure, StructureRule

RULES = (StructureRule("thyroid", 80e-6, 0.2, 0.01), StructureRule("trachea"))
SPEC = PlaneSpec("right_transverse", "", "", "transverse", "right", RULES)
GOOD_OFFSET = PlaneOffset(0.001, -0.002, 0.05, 0.001, 0.001, 0.05)
SEEN = (SeenStructure("thyroid", 150e-6, -0.002, 0.02, 0.05), SeenStructure("trachea", 90e-6, 0.015, 0.02, 0.4))


def judged(**changes: object) -> dict[str, Criterion]:
    arguments = {"probability": 0.8, "quality": 0.9, "contact": 0.95, "offset": GOOD_OFFSET, "structures": SEEN}
    return {c.name: c for c in judge(SPEC, **(arguments | changes))}  # type: ignore[arg-type]


def missed(**changes: object) -> set[str]:
    return {name for name, criterion in judged(**changes).items() if not criterion.met}


def test_everything_met() -> None:
    assert missed() == set()
    assert set(judged()) == {
        *("probability", "quality", "contact", "offset", "out_of_plane", "yaw"),
        *("thyroid_area", "thyroid_edge", "thyroid_offset", "trachea_area"),
    }


def test_each_one_can_be_missed() -> None:
    assert missed(probability=0.49) == {"probability"}
    assert missed(quality=0.49) == {"quality"}
    assert missed(contact=0.79) == {"contact"}
    assert missed(offset=replace(GOOD_OFFSET, x_m=-0.006)) == {"offset"}
    assert missed(offset=replace(GOOD_OFFSET, y_m=-0.006)) == {"out_of_plane"}
    assert missed(offset=replace(GOOD_OFFSET, yaw_rad=-0.21)) == {"yaw"}
    assert missed(structures=(replace(SEEN[0], area_m2=79e-6), SEEN[1])) == {"thyroid_area"}
    assert missed(structures=(replace(SEEN[0], edge_fraction=0.21), SEEN[1])) == {"thyroid_edge"}
    assert missed(structures=(replace(SEEN[0], x_m=-0.011), SEEN[1])) == {"thyroid_offset"}


def test_what_is_not_seen_is_missed() -> None:
    assert missed(offset=None) == {"offset", "out_of_plane", "yaw"}
    assert missed(structures=()) == {"thyroid_area", "thyroid_edge", "thyroid_offset", "trachea_area"}
    assert missed(probability=float("nan")) == {"probability"}
