"""Breathing, pulse and swallows: bounded, reproducible at any absolute time."""

import numpy as np

from sonoreach.simulation.patient import Patient
from sonoreach.simulation.patient.motion import breath, pulse, swallow


def test_skin_moves_as_far_as_the_breath_goes() -> None:
    for seed in range(4):
        patient = Patient.from_seed(seed)
        point = patient.standard_planes()["isthmus_transverse"].position_m[None]
        still = [t for t in np.arange(0, 40, 0.05) if swallow(patient.skin_parameters, t) == 0.0]
        travel = np.array([patient.gap(point, t)[0][0] for t in still])
        amplitude = patient.anatomy.motion.breath_m
        assert 1.6 * amplitude < np.ptp(travel) < 2.4 * amplitude


def test_rates_are_those_of_adults() -> None:
    p = Patient.from_seed(5).skin_parameters
    times = np.arange(0, 120, 0.02)
    for wave, low, high in ((breath, 0.19, 0.31), (pulse, 0.95, 1.35)):
        values = np.array([wave(p, t) for t in times])
        assert values.min() >= -1.1 and values.max() <= 1.1
        above = values > values.mean()
        rises = int(np.sum(above[1:] & ~above[:-1]))
        assert low < rises / 120 < high


def test_swallows_come_every_half_to_whole_minute() -> None:
    for seed in range(3):
        p = Patient.from_seed(seed).skin_parameters
        start = 1e9
        times = start + np.arange(0, 600, 0.1)
        active = np.array([swallow(p, t) for t in times]) > 0.02
        starts = times[1:][active[1:] & ~active[:-1]]
        assert 9 <= len(starts) <= 16
        assert np.diff(starts).min() > 25 and np.diff(starts).max() < 70


def test_motion_is_smooth_at_wall_clock_times() -> None:
    p = Patient.from_seed(1).skin_parameters
    steps = np.array([breath(p, 1.7e9 + 1e-3 * i) for i in range(2000)])
    assert np.abs(np.diff(steps)).max() < 0.005
