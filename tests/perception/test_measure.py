"""Measurements of painted glands whose sizes are known, and their refusals."""

import numpy as np
import pytest

from sonoreach.errors import InputError
from sonoreach.perception.measure import MEASURES, derive_volumes, measure_plane
from sonoreach.perception.measure.plane import kind_of
from sonoreach.perception.model_card import MeasurementError
from sonoreach.perception.resample import ImageGrid
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import Orientation, PlaneEstimate, PlaneSpec, Side
from sonoreach.types.pose import Pose
from sonoreach.types.probe import ProbeState
from sonoreach.types.structures import Structure

GRID = ImageGrid.over(96, 128, 0.054, 0.043)
X, Z = np.meshgrid(GRID.x_m(), GRID.z_m())
ERRORS = {kind_of(name): MeasurementError(0.0, 0.5) for name in MEASURES}


def neck(lobe: tuple[float, float, float, float], tilt: float = 0.0) -> np.ndarray:
    """A gland with an elliptic lobe (x, z, half width, half height)."""
    labels = np.full((GRID.rows, GRID.columns), Structure.SOFT, np.uint8)
    x, z, a, b = lobe
    u = (X - x) * np.cos(tilt) + (Z - z) * np.sin(tilt)
    v = (Z - z) * np.cos(tilt) - (X - x) * np.sin(tilt)
    labels[(u / a) ** 2 + (v / b) ** 2 < 1] = Structure.THYROID
    return labels


def add_trachea(labels: np.ndarray, x_m: float, isthmus_m: float) -> None:
    """A trachea of 9 mm radius with a band of gland over its front."""
    r = np.hypot(X - x_m, Z - 0.024)
    labels[(r < 0.009 + isthmus_m) & (r >= 0.009) & (Z < 0.019)] = Structure.THYROID
    labels[r < 0.009] = Structure.TRACHEA


def measured(
    labels: np.ndarray,
    orientation: Orientation,
    side: Side,
    *names: str,
    errors: dict[str, MeasurementError] | None = None,
) -> dict[str, Measurement]:
    spec = PlaneSpec("plane", "", "", orientation, side, measurements=names)
    geometry = (GRID.x0_m, GRID.dx_m, GRID.z0_m, GRID.dz_m)
    estimate = PlaneEstimate(0.0, 5, Pose(), "plane", "plane", 1.0, 1.0, 1.0, None, (), (), labels, *geometry)
    image = BModeImage(np.zeros((4, 4), np.uint8), 0.0, 1e-3, 0.0, 1e-3)
    capture = CapturedPlane("plane", image, estimate, ProbeState(0.0, Pose()), 0.0)
    return {m.name: m for m in measure_plane(capture, spec, ERRORS if errors is None else errors)}


@pytest.mark.parametrize("tilt", [0.0, 0.15, -0.15])
def test_length_follows_the_lobes_axis(tilt: float) -> None:
    m = measured(neck((0.0, 0.02, 0.021, 0.007), tilt), "longitudinal", "right", "right_lobe_length")[
        "right_lobe_length"
    ]
    assert m.value == pytest.approx(42.0, abs=0.5)
    (x0, z0), (x1, z1) = m.calipers_m
    assert np.hypot(x1 - x0, z1 - z0) * 1e3 == pytest.approx(m.value)
    assert np.arctan2(z1 - z0, x1 - x0) == pytest.approx(tilt, abs=0.03)
    assert m.source_frame_ids == (5,) and m.unit == "mm"
    assert m.uncertainty is not None and 0.5 < m.uncertainty < 0.6


def test_the_mean_error_is_taken_off_and_said() -> None:
    errors = {"lobe_length": MeasurementError(mean_mm=-1.5, std_mm=0.7)}
    lobe = neck((0.0, 0.02, 0.021, 0.007))
    plain = measured(lobe, "longitudinal", "left", "left_lobe_length")["left_lobe_length"]
    m = measured(lobe, "longitudinal", "left", "left_lobe_length", errors=errors)["left_lobe_length"]
    assert m.value == pytest.approx(plain.value + 1.5) and "+1.5 mm" in m.method
    errors["lobe_length"] = MeasurementError(mean_mm=0.04, std_mm=0.7)  # less than the digits that are printed
    same = measured(lobe, "longitudinal", "left", "left_lobe_length", errors=errors)["left_lobe_length"]
    assert same.method == plain.method
    assert m.uncertainty == pytest.approx(np.hypot(0.7, 0.435 / np.sqrt(6)), abs=0.02)


@pytest.mark.parametrize(("side", "x_m"), [("right", -0.004), ("left", 0.004)])
def test_width_and_depth_leave_the_isthmus_out(side: Side, x_m: float) -> None:
    sign = 1 if side == "right" else -1
    labels = neck((x_m, 0.02, 0.0075, 0.0085))
    add_trachea(labels, x_m + sign * 0.017, 0.0035)
    names = (f"{side}_lobe_width", f"{side}_lobe_depth")
    m = measured(labels, "transverse", side, *names)
    assert m[names[0]].value == pytest.approx(15.0, abs=0.8)
    assert m[names[1]].value == pytest.approx(17.0, abs=0.6)


@pytest.mark.parametrize("thickness_m", [0.002, 0.0035, 0.005])
def test_isthmus(thickness_m: float) -> None:
    labels = neck((-0.022, 0.02, 0.006, 0.008))
    add_trachea(labels, 0.001, thickness_m)
    m = measured(labels, "transverse", "middle", "isthmus_thickness")["isthmus_thickness"]
    assert m.value == pytest.approx(thickness_m * 1e3, abs=0.35)


def reason(labels: np.ndarray, orientation: Orientation, side: Side, name: str) -> str:
    m = measured(labels, orientation, side, name)[name]
    assert m.value is None and m.uncertainty is None and m.calipers_m == ()
    return m.not_obtained_because


def test_what_cannot_be_seen_is_not_obtained() -> None:
    empty = neck((0.0, 0.02, 0.0001, 0.0001))
    long = neck((0.0, 0.02, 0.035, 0.007))
    assert "no lobe" in reason(empty, "longitudinal", "right", "right_lobe_length")
    assert "beyond the image" in reason(long, "longitudinal", "right", "right_lobe_length")
    assert "trachea" in reason(empty, "transverse", "middle", "isthmus_thickness")
    labels = empty.copy()
    add_trachea(labels, 0.0, 0.0)
    assert "no gland" in reason(labels, "transverse", "middle", "isthmus_thickness")
    shadowed = neck((0.0, 0.02, 0.015, 0.007))
    shadowed[:, GRID.x_m() > 0.005] = Structure.NONE
    assert "beyond the image" in reason(shadowed, "longitudinal", "right", "right_lobe_length")
    assert "longitudinal plane" in reason(long, "transverse", "right", "right_lobe_length")


def test_an_unknown_measurement_is_refused() -> None:
    with pytest.raises(InputError, match="toe_length"):
        measured(neck((0.0, 0.02, 0.01, 0.01)), "transverse", "right", "toe_length")


def diameter(name: str, value: float | None, std: float = 1.0) -> Measurement:
    return Measurement(name, "p", value, "mm", "", std if value else None, (1,))


def test_volume_and_its_uncertainty() -> None:
    found = [
        diameter("right_lobe_length", 45.0),
        diameter("right_lobe_width", 15.0),
        diameter("right_lobe_depth", 16.0),
    ]
    (volume,) = derive_volumes(found)
    assert volume.name == "right_lobe_volume" and volume.unit == "mL"
    assert volume.value == pytest.approx(0.479 * 4.5 * 1.5 * 1.6)
    relative = np.sqrt(0.08**2 + 1 / 45**2 + 1 / 15**2 + 1 / 16**2)
    assert volume.uncertainty == pytest.approx(volume.value * relative)


def test_no_volume_without_all_diameters() -> None:
    found = [diameter("left_lobe_length", None), diameter("left_lobe_width", 15.0), diameter("left_lobe_depth", 16.0)]
    (volume,) = derive_volumes(found)
    assert volume.value is None and volume.not_obtained_because == "the lobe's length was not obtained"
    assert derive_volumes([diameter("isthmus_thickness", 3.0)]) == []
