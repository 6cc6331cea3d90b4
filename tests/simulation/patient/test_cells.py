"""What is kept of the cells between frames changes nothing."""

from collections.abc import Callable

import numpy as np
import pytest

from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.cells import BITS, CELL_M, content, empty_cells, fresh_content
from sonoreach.simulation.patient.motion import pulse, swallow
from sonoreach.types.pose import Pose

Press = Callable[[Patient, str, float, float], Pose]


@pytest.mark.parametrize(("seed", "plane"), [(1, "right_transverse"), (5, "left_longitudinal")])
def test_kept_cells_answer_as_fresh_ones(press: Press, seed: int, plane: str) -> None:
    patient = Patient.from_seed(seed)
    times = np.arange(2.0, 60.0, 0.05)
    pulses = [pulse(patient.skin_parameters, t) for t in times]
    swallows = [swallow(patient.skin_parameters, t) for t in times]
    for time_s, press_m in (
        (times[np.argmin(pulses)], 0.001),
        (times[np.argmax(pulses)], 0.001),
        (times[np.argmax(pulses)], 0.008),  # flattens the jugular
        (times[np.argmax(swallows)], 0.004),
    ):
        pose = press(patient, plane, float(time_s), press_m)
        kept, fresh = patient.scatterers(pose, float(time_s)), Patient.from_seed(seed).scatterers(pose, float(time_s))
        assert len(fresh[0]) > 10_000
        np.testing.assert_array_equal(kept[0], fresh[0])
        np.testing.assert_array_equal(kept[1], fresh[1])


def test_cells_that_share_a_place_do_not_take_each_others_content(press: Press) -> None:
    patient = Patient.from_seed(1)
    p, s = patient.skin_parameters, patient._state(press(patient, "right_transverse", 2.0, 0.002), 2.0)
    cells, n = empty_cells(), 1 << BITS
    for cell in np.array([[0, 30, 0], [0, 30, n], [0, 30, 0], [-n, 30, 0], [0, 30 + n, 0], [0, 30, 0]]):
        point = (cell + 0.5) * CELL_M
        assert content(p, s, cells, cell, *point) == fresh_content(p, s, *point)
