"""Delay-and-sum against its float64 definition, and its laws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.check import MAX_SAMPLES
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import curved_positions, matrix_positions
from sonoreach.beamform.transmit import transmit_reach
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

from .reference import band_limited_iq, linear_probe, random_frame, reference_das

PLANE = TransmitEvent(TransmitKind.PLANE, 0.1)
TRANSMITS = {
    "plane": (PLANE,),
    "planes": tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (-0.15, 0.0, 0.15)),
    "diverging": (TransmitEvent(TransmitKind.DIVERGING, source_m=(1e-3, 0, -8e-3)),),
    "focused": tuple(TransmitEvent(TransmitKind.FOCUSED, source_m=(x, 0, 12e-3)) for x in (-2e-3, 0, 2e-3)),
    "elements": tuple(TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=e) for e in (0, 13, 31)),
}
GRID = Grid.cartesian(np.linspace(-5e-3, 5e-3, 21), np.linspace(3e-3, 20e-3, 73))


def worst(image: np.ndarray, wanted: np.ndarray) -> float:
    """Largest error over the rms of the reference."""
    return float(np.abs(image - wanted).max() / np.sqrt(np.mean(np.abs(wanted) ** 2)))


@pytest.mark.parametrize("name", TRANSMITS)
@pytest.mark.parametrize("follow_beams", [False, True])
def test_matches_the_definition_for_every_transmit(name: str, follow_beams: bool) -> None:
    data = random_frame(transmits=TRANSMITS[name])
    aperture = ReceiveAperture(1.5)
    image = DelayAndSum(GRID, aperture, follow_beams=follow_beams)(data)
    # One sample of a boxcar's edge may fall either way; the rest is rounding of delays to 1/256 sample.
    error = np.abs(image - reference_das(data, GRID, aperture, follow_beams))
    scale = np.sqrt(np.mean(np.abs(image) ** 2))
    assert np.quantile(error, 0.99) < 5e-3 * scale


@pytest.mark.parametrize("window", [Window.HANN, Window.TUKEY])
def test_matches_the_definition_for_tapered_apertures(window: Window) -> None:
    data = random_frame(transmits=TRANSMITS["planes"])
    aperture = ReceiveAperture(1.2, window)
    assert worst(DelayAndSum(GRID, aperture)(data), reference_das(data, GRID, aperture)) < 1e-2


def test_curved_array_on_a_sector() -> None:
    probe = ProbeGeometry("curved", curved_positions(30, 0.5e-3, 0.04), 0.45e-3, 4e6)
    data = random_frame(probe=probe, transmits=(TransmitEvent(TransmitKind.DIVERGING, source_m=(0, 0, -0.04)),))
    grid = Grid.polar(np.linspace(-0.2, 0.2, 9), np.linspace(0.042, 0.06, 50), (0, 0, -0.04))
    aperture = ReceiveAperture(1.5, Window.HANN)
    assert worst(DelayAndSum(grid, aperture)(data), reference_das(data, grid, aperture)) < 1e-2


def test_matrix_array_on_a_volume() -> None:
    probe = ProbeGeometry("matrix", matrix_positions(6, 5, 0.4e-3), 0.35e-3, 4e6)
    data = random_frame(probe=probe, transmits=(TransmitEvent(),))
    grid = Grid.volume(np.linspace(-1e-3, 1e-3, 4), np.linspace(-1e-3, 1e-3, 3), np.linspace(4e-3, 15e-3, 70))
    aperture = ReceiveAperture(1.5, Window.HANN)
    assert worst(DelayAndSum(grid, aperture)(data), reference_das(data, grid, aperture)) < 1e-2


def test_fifty_megahertz() -> None:
    probe = linear_probe(24, 30e-6, 50e6)
    data = dataclasses.replace(random_frame(probe=probe, n_samples=1200), sampling_frequency_hz=200e6)
    grid = Grid.cartesian(np.linspace(-3e-4, 3e-4, 7), np.linspace(5e-4, 4e-3, 90))
    aperture = ReceiveAperture(2.0, Window.HANN)
    assert worst(DelayAndSum(grid, aperture)(data), reference_das(data, grid, aperture)) < 1e-2


def test_rf_and_its_iq_give_the_same_image() -> None:
    probe = linear_probe()
    rng = np.random.default_rng(3)
    iq = band_limited_iq(rng, (1, probe.n_elements, 700), 0.05).astype(np.float64) @ [1, 1j]
    time = np.arange(700) / 20e6
    rf = (iq * np.exp(2j * np.pi * 5e6 * time)).real.astype(np.float32)
    frame = random_frame()
    data_iq = dataclasses.replace(frame, samples=np.stack([iq.real, iq.imag], -1).astype(np.float32))
    data_rf = dataclasses.replace(frame, samples=rf, demodulation_frequency_hz=0.0)
    das = DelayAndSum(GRID)
    a, b = das(data_iq), das(data_rf)
    assert np.corrcoef(np.abs(a).ravel(), np.abs(b).ravel())[0, 1] > 0.995
    assert np.abs(np.vdot(a, b)) / np.linalg.norm(a) / np.linalg.norm(b) > 0.995


@pytest.mark.parametrize(("dtype", "together"), [(np.int16, 4), (np.float32, 8)])
@pytest.mark.parametrize("follow_beams", [False, True])
def test_groups_of_elements_give_the_image_of_all_at_once(dtype: type, together: int, follow_beams: bool) -> None:
    data = random_frame(transmits=TRANSMITS["focused"], probe=linear_probe(30))  # the last group is incomplete
    rf = np.ascontiguousarray(data.samples[..., 0], dtype=dtype)
    data = dataclasses.replace(data, samples=rf, demodulation_frequency_hz=0.0)
    aperture = ReceiveAperture(1.2, Window.TUKEY)
    whole = DelayAndSum(GRID, aperture, follow_beams=follow_beams, all_at_once=True, device="cpu")
    parts = DelayAndSum(GRID, aperture, follow_beams=follow_beams, device="cpu")
    assert len(whole.prepare(data).analytic) == 30
    assert len(parts.prepare(data).analytic) == together
    for _ in range(2):  # a second frame must not be added to the first
        image, wanted = parts(data), whole(data)
        assert np.abs(image - wanted).max() < 2e-6 * np.abs(wanted).max()


@settings(max_examples=15, deadline=None)
@given(a=st.integers(-3, 3), b=st.integers(-3, 3), seed=st.integers(0, 5))
def test_linearity(a: int, b: int, seed: int) -> None:
    one, two = random_frame(seed), random_frame(seed + 100)
    das = DelayAndSum(GRID)
    both = dataclasses.replace(one, samples=a * one.samples.astype(np.float32) + b * two.samples)
    expected = a * das(one) + b * das(two)
    assert np.allclose(das(both), expected, atol=1e-4 * np.abs(das(one)).max(), rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(shift=st.integers(-5, 5))
def test_moving_probe_and_grid_together_changes_nothing(shift: int) -> None:
    offset = shift * 1e-3
    probe = linear_probe()
    moved = dataclasses.replace(probe, element_positions_m=probe.element_positions_m + np.array([offset, 0, 0]))
    data = random_frame(transmits=(TransmitEvent(),))
    there = Grid.cartesian(GRID.x_m + offset, GRID.z_m)
    aperture = ReceiveAperture(1.5, Window.HANN)
    here = DelayAndSum(GRID, aperture)(data)
    assert worst(DelayAndSum(there, aperture)(dataclasses.replace(data, probe=moved)), here) < 1e-2


@settings(max_examples=25, deadline=None)
@given(
    n_samples=st.integers(2, 200),
    start=st.floats(0, 30e-6),
    depth=st.floats(1e-4, 0.05),
    angle=st.floats(-1.2, 1.2),
    f_number=st.floats(0, 4),
)
@example(n_samples=132, start=0.0, depth=1e-4, angle=0.0, f_number=0.0)  # most echoes at the end of the record
def test_never_reads_outside_its_buffer(
    n_samples: int, start: float, depth: float, angle: float, f_number: float
) -> None:
    probe = linear_probe(1)
    transmits = (TransmitEvent(TransmitKind.PLANE, angle),)
    data = random_frame(probe=probe, transmits=transmits, n_samples=n_samples, start_time_s=start)
    grid = Grid.cartesian(np.linspace(-0.03, 0.03, 7), np.linspace(depth, 2 * depth, 50))
    das = DelayAndSum(grid, ReceiveAperture(f_number), check_record=False)
    plan = das.prepare(data)
    guard = 4096
    poisoned = np.full(plan.analytic.size + 2 * guard, np.nan + 1j * np.nan, np.complex64)
    inside = poisoned[guard : guard + plan.analytic.size].reshape(plan.analytic.shape)
    inside[:] = 0
    object.__setattr__(plan, "analytic", inside)
    image = das(data)
    assert np.isfinite(image).all()
    error = np.abs(image - reference_das(data, grid, ReceiveAperture(f_number)))
    assert np.quantile(error, 0.9) <= 5e-3 * np.abs(data.samples.astype(float)).max()


def test_refuses_a_grid_outside_the_record() -> None:
    deep = Grid.cartesian([-1e-3, 1e-3], np.linspace(0.02, 0.05, 10))
    with pytest.raises(InputError, match="grid lies outside the record"):
        DelayAndSum(deep)(random_frame())
    with pytest.raises(InputError, match="grid lies outside the record"):
        DelayAndSum(GRID)(random_frame(start_time_s=10e-6))


def test_refuses_angles_beyond_the_aperture() -> None:
    """Every ray of the wave passes beside the grid: the image would be black."""
    steep = random_frame(transmits=(TransmitEvent(TransmitKind.PLANE, 1.2),))
    with pytest.raises(InputError, match="grid lies beside all beams"):
        DelayAndSum(Grid.cartesian([-1e-3, 1e-3], np.linspace(0.008, 0.012, 10)))(steep)


def test_refuses_wrong_weights() -> None:
    with pytest.raises(InputError, match="transmit_weights must be 1 finite numbers"):
        DelayAndSum(GRID, transmit_weights=np.ones(2))(random_frame())


def test_an_apex_far_away_costs_no_accuracy() -> None:
    """Squares of metres would leave single precision too little for the path."""
    for apex in (0.05, 5.0):
        angles = np.linspace(-3e-3, 3e-3, 9) / apex
        grid = Grid.polar(angles, apex + np.linspace(4e-3, 15e-3, 40), (0.0, 0.0, -apex))
        data = random_frame()
        wanted = reference_das(data, grid, ReceiveAperture(1.5))
        assert worst(DelayAndSum(grid)(data), wanted) < 0.03
        assert worst(EnsembleDelayAndSum(grid)([data])[..., 0], wanted) < 0.03


@pytest.mark.parametrize("window", [Window.HANN, Window.TUKEY])
def test_columns_on_the_elements_are_finite_down_to_the_face(window: Window) -> None:
    data = random_frame(start_time_s=-2e-6)
    x = data.probe.element_positions_m[:, 0]
    for columns in (x, x[:-1]):  # over the lattice, and by the loops for any columns
        image = DelayAndSum(Grid.cartesian(columns, np.linspace(0, 15e-3, 40)), ReceiveAperture(1.5, window))(data)
        assert np.isfinite(image).all()


def test_what_is_deaf_stays_silent_in_the_longest_records() -> None:
    """Noise long before the transmit, which no point should hear."""
    data, n = random_frame(n_samples=8), MAX_SAMPLES
    samples = np.zeros((1, 32, n, 2), np.int16)
    samples[:, :, : n - 2000] = 3000
    early = dataclasses.replace(data, samples=samples, start_time_s=-(n - 2000) / 20e6)
    grid = Grid.cartesian([-2e-3, 3e-3], [4e-3, 5e-3])
    assert not DelayAndSum(grid, ReceiveAperture(2.0))(early).any()


def test_a_point_needs_one_wave_whose_echo_is_recorded() -> None:
    """Of two waves one comes before the record and one after it."""
    waves = (TransmitEvent(TransmitKind.PLANE, 0.6), TransmitEvent(TransmitKind.PLANE, -0.6))
    middle_s = 3e-3 * (np.cos(0.6) + 1) / 1540
    data = random_frame(transmits=waves, probe=linear_probe(64), n_samples=10, start_time_s=middle_s - 0.25e-6)
    with pytest.raises(InputError, match="grid lies outside the record"):
        DelayAndSum(Grid.cartesian([4e-3], [3e-3]))(data)


def test_a_change_in_place_is_seen() -> None:
    data, das = random_frame(), DelayAndSum(Grid.cartesian([0.0, 1e-3], [5e-3, 8e-3]))
    before = das(data)
    data.probe.element_positions_m[:, 0] *= 1.1
    assert np.abs(das(data) - before).max() > 0.05 * np.abs(before).max()


def test_only_waves_that_pass_a_point_hold_its_echo() -> None:
    """One wave passes and comes before the record; the other, whose echo is recorded, passes beside the point."""
    passing, beside = TransmitEvent(TransmitKind.PLANE, 0.0), TransmitEvent(TransmitKind.PLANE, 1.2)
    echo_s = (4e-3 * np.sin(1.2) + 4e-3 * np.cos(1.2) + 4e-3) / 1540
    data = random_frame(transmits=(passing, beside), n_samples=40, start_time_s=echo_s - 0.3e-6)
    grid = Grid.cartesian([4e-3], [4e-3])
    reach = [transmit_reach(grid.points_m(), event, data.probe).item() for event in data.transmits]
    assert reach == [True, False]
    with pytest.raises(InputError, match="grid lies outside the record"):
        DelayAndSum(grid)(data)


def test_events_from_arrays_are_known_again() -> None:
    das = DelayAndSum(Grid.cartesian([0.0, 1e-3], [5e-3, 8e-3]))
    for _ in range(2):
        events = (TransmitEvent(TransmitKind.FOCUSED, source_m=np.array([0.0, 0.0, 0.01])),)  # type: ignore[arg-type]
        assert np.isfinite(das(random_frame(transmits=events))).all()
