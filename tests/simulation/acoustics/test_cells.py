"""Scatterers summed cell by cell against the equation in float64 and against each scatterer by itself."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.probes import c60_probe, l38_probe, l50_probe, m50_probe, p20_probe, x32_probe
from sonoreach.simulation.acoustics import baseband
from sonoreach.simulation.acoustics.anchors import SLOPE, STEEP_SLOPE, anchors_of
from sonoreach.simulation.acoustics.attenuation import Attenuation
from sonoreach.simulation.acoustics.cells import SIZES, sort_into_cells
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.simulation.acoustics.transmit import transmit_table, wavefronts
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

IQ = Recording(15e6, 7.5e6, 640, -2.6e-6)
TILTED = TransmitEvent(TransmitKind.PLANE, math.radians(8))
DIVERGING = TransmitEvent(TransmitKind.DIVERGING, source_m=(0.002, 0.0, -0.02))
FOCUSED = TransmitEvent(TransmitKind.FOCUSED, source_m=(0.001, 0.0, 0.021))
SINGLE = TransmitEvent(TransmitKind.SINGLE_ELEMENT, element=70)
SOME = [0, 1, 37, 62, 126]


def dense(n: int, centre_m: tuple[float, float, float], width_m: float, seed: int = 0) -> tuple[Any, Any]:
    """Random scatterers in a small box."""
    rng = np.random.default_rng(seed)
    positions = rng.uniform(-0.5, 0.5, (n, 3)) * [width_m, 0.3 * width_m, width_m] + centre_m
    return positions.astype(np.float32), rng.standard_normal(n).astype(np.float32)


def error_db(got: Any, wanted: Any) -> float:
    return float(20 * np.log10(np.linalg.norm(got - wanted) / np.linalg.norm(wanted)))


def in_cells(simulator: ChannelDataSimulator, positions: Any, amplitudes: Any) -> float:
    """Part of the scatterers that are summed in cells."""
    assert simulator._cells is not None
    shape = simulator.probe.n_elements, len(simulator.transmits), simulator._stride
    left = simulator._cells.accumulate(positions, amplitudes, np.zeros(shape, np.float32), 1)
    return 1 - len(left) / len(amplitudes)


def one_by_one(simulator: ChannelDataSimulator, positions: Any, amplitudes: Any) -> Any:
    """Echoes without cells."""
    cells, simulator._cells = simulator._cells, None
    echoes = simulator.echoes(positions, amplitudes)
    simulator._cells = cells
    return echoes


def echoes_between_borders(simulator: ChannelDataSimulator, positions: Any, amplitudes: Any) -> Any:
    """Echoes of one transmit; the room for its parts holds numbers that count nowhere, as do the borders around it."""
    assert simulator._cells is not None
    parts = simulator._cells._parts
    size = baseband.PARTS * simulator.probe.n_elements * (simulator._stride + 2 * parts.padding)
    poisoned = np.full(size + 2048, 12345.0, np.float32)
    parts._room = poisoned[1024 : 1024 + size]
    echoes = simulator.echoes(positions, amplitudes)
    assert (poisoned[:1024] == 12345.0).all()
    assert (poisoned[-1024:] == 12345.0).all()
    return echoes


@pytest.mark.parametrize(
    ("probe", "recording", "centre_m", "width_m"),
    [
        (l50_probe(), IQ, (0.004, 0.0, 0.012), 0.006),
        (l50_probe(), IQ, (-0.024, 0.0, 0.02), 0.006),
        (l50_probe(), IQ, (-0.0235, 0.0, 0.0105), 0.003),
        (l38_probe(), Recording(10.416e6, 5.208e6, 727, -2e-6), (0.0, 0.0, 0.03), 0.008),
        (c60_probe(), Recording(10e6, 3.5e6, 900, -6e-6), (0.02, 0.001, 0.04), 0.01),
        (m50_probe(), Recording(100e6, 50e6, 640, -0.5e-6), (0.0, 0.0, 0.003), 0.0009),
        (p20_probe(), Recording(6e6, 2.5e6, 640, -6e-6), (0.01, 0.0, 0.05), 0.02),
    ],
    ids=["L50", "L50 beside", "L50 near", "L38", "C60", "50 MHz", "phased"],
)
def test_agrees_with_float64_reference(
    reference_echoes: Callable[..., Any], probe: ProbeGeometry, recording: Recording, centre_m: Any, width_m: float
) -> None:
    positions, amplitudes = dense(16000, centre_m, width_m)
    simulator = ChannelDataSimulator(probe, [TILTED], recording)
    assert in_cells(simulator, positions, amplitudes) > 0.6
    some = [e for e in SOME if e < probe.n_elements]
    few = dataclasses.replace(probe, element_positions_m=probe.element_positions_m[some])
    x, y, z = np.ascontiguousarray(positions.T)
    wavelength_m = recording.sound_speed_m_s / probe.center_frequency_hz
    _, weight = wavefronts((x, y, z), transmit_table([TILTED], probe), wavelength_m, probe.element_width_m)
    path = x.astype(float) * math.sin(TILTED.angle_rad) + z.astype(float) * math.cos(TILTED.angle_rad)
    wanted = reference_echoes(few, recording, positions.astype(float), amplitudes, path, weight[0])
    got = simulator.echoes(positions, amplitudes)[0, some]
    assert error_db(got, wanted) < -40
    loudest = np.linalg.norm(wanted, axis=1).max()
    assert (np.linalg.norm(got - wanted, axis=1) < 10 ** (-38 / 20) * loudest).all()


@pytest.mark.parametrize("diffraction", [False, True])
@pytest.mark.parametrize(
    ("probe", "recording", "half_m"),
    [(l50_probe(), IQ, 3e-4), (c60_probe(), Recording(10e6, 3.5e6, 640, -6e-6), 5e-4),
     (m50_probe(), Recording(100e6, 50e6, 640, -0.5e-6), 3e-5)],
    ids=["L50", "C60", "50 MHz"],
)  # fmt: skip
def test_nothing_near_the_array_is_interpolated_badly(
    probe: ProbeGeometry, recording: Recording, half_m: float, diffraction: bool
) -> None:
    """There the loudness of elements changes fast from one to the next, the more the wider they are."""
    simulator = ChannelDataSimulator(probe, [TransmitEvent()], recording, diffraction=diffraction)
    assert simulator._cells is not None
    begin_m = float(simulator._cells._grid.distance_m[0])
    n = 4000 if diffraction else 16000
    for depth_m in begin_m * np.array([0.35, 0.7, 0.97, 1.1, 1.4]):
        positions, amplitudes = dense(n, (0.0, 0.0, depth_m), 2 * half_m)
        wanted = one_by_one(simulator, positions, amplitudes)
        got = simulator.echoes(positions, amplitudes)
        assert np.array_equal(got, wanted) or error_db(got, wanted) < (-28 if diffraction else -38)
    assert in_cells(simulator, positions, amplitudes) > 0.6


def test_every_transmit_agrees_with_each_scatterer_by_itself() -> None:
    """Path lengths of a focused wave jump behind its focus: those cells are left alone."""
    positions, amplitudes = dense(20000, (0.0, 0.0, 0.02), 0.01)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED, DIVERGING, FOCUSED, SINGLE], IQ)
    assert in_cells(simulator, positions, amplitudes) > 0.5
    wanted = one_by_one(simulator, positions, amplitudes)
    for got, alone in zip(simulator.echoes(positions, amplitudes), wanted, strict=True):
        assert error_db(got, alone) < -38


def test_lens_and_attenuation_agree_with_each_scatterer_by_itself() -> None:
    """Attenuation goes in steps of 128 samples: a cell that lies across one takes it as a whole."""
    positions, amplitudes = dense(12000, (0.0, 0.0, 0.02), 0.006)
    for attenuation, limit_db in ((Attenuation(0.0), -38), (Attenuation(0.7), -24)):
        simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ, attenuation=attenuation, elevation=True)
        assert in_cells(simulator, positions, amplitudes) > 0.8
        wanted = one_by_one(simulator, positions, amplitudes)
        assert error_db(simulator.echoes(positions, amplitudes), wanted) < limit_db


def test_same_bits_for_any_number_of_threads_and_groups_of_transmits(monkeypatch: pytest.MonkeyPatch) -> None:
    positions, amplitudes = dense(12000, (0.0, 0.0, 0.02), 0.012)
    events = [TILTED, DIVERGING, SINGLE]
    results = [
        ChannelDataSimulator(l50_probe(), events, IQ, threads=n).echoes(positions, amplitudes) for n in (1, 2, 3)
    ]
    monkeypatch.setattr(baseband, "MOST_FLOATS", 1)
    results.append(ChannelDataSimulator(l50_probe(), events, IQ).echoes(positions, amplitudes))
    for other in results[1:]:
        assert np.array_equal(results[0], other)


def test_a_scatterer_at_rest_sounds_the_same_whatever_moves_around_it() -> None:
    still, moving = dense(9000, (0.0, 0.0, 0.02), 0.006, seed=1), dense(9000, (0.0, 0.0, 0.02), 0.006, seed=2)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], IQ)

    def echoes(*parts: tuple[Any, Any]) -> Any:
        return simulator.echoes(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    moved = moving[0] + np.float32(2e-5), moving[1]
    change = echoes(still, moved) - echoes(still, moving)
    assert error_db(change, echoes(moved) - echoes(moving)) < -40


def test_echoes_outside_the_record_leave_no_trace_and_no_border_is_crossed() -> None:
    """A record that holds little of what the cells return; the room for its parts and its borders are poisoned."""
    positions, amplitudes = dense(20000, (0.0, 0.0, 0.02), 0.01)
    recording = Recording(15e6, 7.5e6, 40, 26e-6)
    simulator = ChannelDataSimulator(l50_probe(), [TILTED], recording)
    assert in_cells(simulator, positions, amplitudes) > 0.7
    got = echoes_between_borders(simulator, positions, amplitudes)
    assert error_db(got, one_by_one(simulator, positions, amplitudes)) < -38


def test_what_cannot_be_interpolated_is_left_alone() -> None:
    near = dense(4000, (0.0, 0.0, 0.001), 0.0005)
    beside = dense(40000, (0.0, 0.03, 0.004), 0.006)
    simulator = ChannelDataSimulator(l50_probe(), [TransmitEvent()], IQ)
    for scene in (near, beside):
        assert in_cells(simulator, *scene) == 0
        assert np.allclose(simulator.echoes(*scene), one_by_one(simulator, *scene), atol=1e-3)


def test_every_scatterer_is_sorted_once_and_lies_in_its_cell() -> None:
    positions, _ = dense(20000, (0.0, 0.001, 0.02), 0.03)
    x, y, z = np.ascontiguousarray(positions.T)
    widths = (0.002 * 2 ** (np.arange(SIZES) / 4))[:, None] * np.array([0.2, 0.4, 0.3])
    anchors = np.array([[-0.01, 0, 0], [0.01, 0, 0]], np.float32)
    enough = np.full(SIZES, 5, np.int32)
    cells = sort_into_cells((x, y, z), anchors, 0.002, widths.astype(np.float32), enough, 2)
    assert np.array_equal(np.sort(cells.order), np.arange(x.size))
    counts = np.diff(cells.begin)
    assert counts.min() >= 5
    assert 0.5 * x.size < cells.begin[-1] < x.size
    offset = positions[cells.order[: cells.begin[-1]]] - np.repeat(cells.centre, counts, axis=0)
    assert (abs(offset) <= np.repeat(cells.half, counts, axis=0) * 1.001 + 1e-7).all()


def test_what_lies_too_many_boxes_away_stays_alone() -> None:
    """One box for each scatterer of a row 1 m long: more than there are numbers for."""
    x = np.arange(100_000, dtype=np.float32) * np.float32(1e-5)
    y, z = np.zeros_like(x), np.full_like(x, 0.002)
    anchors = np.column_stack([x[::200], y[::200], y[::200]])
    cells = sort_into_cells(
        (x, y, z), anchors, 0.002, np.full((SIZES, 3), 1e-5, np.float32), np.ones(SIZES, np.int32), 1
    )
    inside = cells.order[: cells.begin[-1]]
    assert 32_000 < inside.size < 33_000
    assert x[inside].max() < 0.328
    offset = np.column_stack([x, y, z])[inside] - np.repeat(cells.centre, np.diff(cells.begin), axis=0)
    assert abs(offset).max() < 1e-5


@pytest.mark.parametrize(("slope", "mean_db", "most"), [(SLOPE, -45, 0.007), (STEEP_SLOPE, -30, 0.05)])
@pytest.mark.parametrize("probe", [l38_probe(), p20_probe()], ids=["128", "64"])
def test_anchors_interpolate_what_turns_slowly(probe: ProbeGeometry, slope: float, mean_db: float, most: float) -> None:
    anchors = anchors_of(np.asarray(probe.element_positions_m), slope)
    assert anchors is not None
    step = np.diff(anchors.elements).max()
    for cycles in np.linspace(-slope, slope, 9):
        turning = np.exp(2j * np.pi * cycles / step * np.arange(probe.n_elements))
        nearest = turning[anchors.elements][anchors.first[:, None] + np.arange(anchors.weights.shape[1])]
        assert error_db((anchors.weights * nearest).sum(axis=1), turning) < mean_db
        assert abs((anchors.weights * nearest).sum(axis=1) - turning).max() < most


def test_no_anchors_without_a_long_even_row() -> None:
    assert anchors_of(np.asarray(x32_probe().element_positions_m)) is None
    assert anchors_of(np.asarray(l38_probe().element_positions_m)[:40]) is None
    assert anchors_of(np.asarray(l38_probe().element_positions_m)[np.r_[:60, 61:128]]) is None
