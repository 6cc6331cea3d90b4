"""The transmit with diffraction summed cell by cell: against all pairs of elements, and each scatterer by itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.probes import c60_probe, l38_probe, l50_probe, m50_probe, p20_probe
from sonoreach.simulation.acoustics import baseband, cell_room
from sonoreach.simulation.acoustics.attenuation import Attenuation
from sonoreach.simulation.acoustics.delay_filter import refine
from sonoreach.simulation.acoustics.fine_rows import FINE, PIECES, ROW, ROWS, delay_lines
from sonoreach.simulation.acoustics.pulse import Pulse, tabulate
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent

from .test_cells import DIVERGING, dense, echoes_between_borders, error_db, in_cells, one_by_one
from .test_diffraction import EVENTS, RECORDING, spectral_reference

CENTRE_M = (0.003, 0.0, 0.02)


def worthwhile(simulator: ChannelDataSimulator) -> ChannelDataSimulator:
    """Let it use cells for few scatterers, too, which would not be worth it."""
    cells = simulator._cells
    assert cells is not None
    cells._costs = dataclasses.replace(cells._costs, channel_float=0.0)
    return simulator


@pytest.mark.parametrize(
    "centre_m", [CENTRE_M, (-0.016, 0.0, 0.02), (0.022, 0.0, 0.03), (0.029, 0.0, 0.03), (0.0, 0.0, 0.036)]
)
def test_agree_with_the_sum_over_all_pairs(centre_m: tuple[float, float, float]) -> None:
    positions, amplitudes = dense(200, centre_m, 0.002)
    simulator = worthwhile(ChannelDataSimulator(l50_probe(), [EVENTS["tilted"]], RECORDING, diffraction=True))
    assert in_cells(simulator, positions, amplitudes) > 0.6
    wanted = spectral_reference(EVENTS["tilted"], positions.astype(float), amplitudes)
    alone = error_db(one_by_one(simulator, positions, amplitudes)[0], wanted)
    error = error_db(simulator.echoes(positions, amplitudes)[0], wanted)
    assert error < -28
    assert error < alone + 2


def test_agree_with_each_scatterer_by_itself_for_every_transmit() -> None:
    positions, amplitudes = dense(5000, CENTRE_M, 0.006)
    simulator = ChannelDataSimulator(l50_probe(), list(EVENTS.values()), RECORDING, diffraction=True)
    assert in_cells(simulator, positions, amplitudes) > 0.7
    got = simulator.echoes(positions, amplitudes)
    for cells, alone in zip(got, one_by_one(simulator, positions, amplitudes), strict=True):
        assert error_db(cells, alone) < -29


@pytest.mark.parametrize(
    ("probe", "event", "rate", "depth_m"),
    [
        (l38_probe(), EVENTS["plane"], 1.7, 0.03),
        (l38_probe(), EVENTS["tilted"], 4, 0.03),
        (c60_probe(), DIVERGING, 2, 0.06),
        (p20_probe(), DIVERGING, 2, 0.06),
        (m50_probe(), EVENTS["plane"], 2, 0.006),
    ],
)
def test_agree_with_each_scatterer_by_itself_for_every_probe(
    probe: ProbeGeometry, event: TransmitEvent, rate: float, depth_m: float
) -> None:
    positions, amplitudes = dense(3000, (0.1 * depth_m, 0.0, depth_m), 0.2 * depth_m)
    fs = rate * probe.center_frequency_hz
    recording = Recording(fs, probe.center_frequency_hz, int(3.2 * depth_m / 1540 * fs), 0.0)
    simulator = worthwhile(ChannelDataSimulator(probe, [event], recording, diffraction=True))
    assert in_cells(simulator, positions, amplitudes) > 0.7
    error = error_db(simulator.echoes(positions, amplitudes), one_by_one(simulator, positions, amplitudes))
    assert error < (-26.5 if rate < 2 else -29)


def test_attenuation_differs_by_steps_of_the_pulses_only() -> None:
    positions, amplitudes = dense(3000, CENTRE_M, 0.006)
    simulator = ChannelDataSimulator(
        l50_probe(), [EVENTS["plane"]], RECORDING, diffraction=True, attenuation=Attenuation(0.5)
    )
    assert in_cells(simulator, positions, amplitudes) > 0.7
    error = error_db(simulator.echoes(positions, amplitudes), one_by_one(simulator, positions, amplitudes))
    assert error < -24


def test_have_the_same_bits_for_any_number_of_threads_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    positions, amplitudes = dense(3000, CENTRE_M, 0.005)
    events = list(EVENTS.values())[:3]

    def echoes(threads: int) -> Any:
        simulator = ChannelDataSimulator(l50_probe(), events, RECORDING, diffraction=True, threads=threads)
        assert in_cells(simulator, positions, amplitudes) > 0.7
        return simulator.echoes(positions, amplitudes)

    wanted = echoes(1)
    assert np.array_equal(wanted, echoes(2))
    assert np.array_equal(wanted, echoes(3))
    monkeypatch.setattr(baseband, "MOST_FLOATS", 1)
    assert np.array_equal(wanted, echoes(2))


def test_a_cell_of_many_scatterers_is_summed_in_blocks() -> None:
    positions, amplitudes = dense(400, CENTRE_M, 0.0005)
    simulator = worthwhile(ChannelDataSimulator(l50_probe(), list(EVENTS.values())[:2], RECORDING, diffraction=True))
    assert in_cells(simulator, positions, amplitudes) > 0.9
    error = error_db(simulator.echoes(positions, amplitudes), one_by_one(simulator, positions, amplitudes))
    assert error < -29


def test_cross_no_border_of_a_short_record() -> None:
    positions, amplitudes = dense(5000, CENTRE_M, 0.006)
    recording = Recording(15e6, 7.5e6, 40, 27e-6)
    simulator = ChannelDataSimulator(l50_probe(), [EVENTS["plane"]], recording, diffraction=True)
    assert in_cells(simulator, positions, amplitudes) > 0.7
    got = echoes_between_borders(simulator, positions, amplitudes)
    assert error_db(got, one_by_one(simulator, positions, amplitudes)) < -29


def test_stay_inside_their_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    positions, amplitudes = dense(5000, (0.02, 0.0, 0.012), 0.008)
    simulator = ChannelDataSimulator(l50_probe(), list(EVENTS.values()), RECORDING, diffraction=True)
    assert in_cells(simulator, positions, amplitudes) > 0.6
    wanted = simulator.echoes(positions, amplitudes)
    guards = []

    def guarded(n: int) -> Any:
        whole = np.full(n + 4096, np.nan, np.float32)
        guards.extend([whole[:2048], whole[-2048:]])
        return whole[2048:-2048]

    monkeypatch.setattr(cell_room, "aligned_floats", guarded)
    assert np.array_equal(simulator.echoes(positions, amplitudes), wanted)
    assert len(guards) >= 8
    assert all(np.isnan(guard).all() for guard in guards)


def test_silent_scatterers_leave_no_trace() -> None:
    positions, amplitudes = dense(3000, CENTRE_M, 0.005)
    simulator = ChannelDataSimulator(l50_probe(), [EVENTS["plane"]], RECORDING, diffraction=True)
    assert in_cells(simulator, positions, 0 * amplitudes) > 0.7
    assert not simulator.echoes(positions, 0 * amplitudes).any()


def test_a_row_along_y_has_no_cells() -> None:
    probe = l50_probe()
    along_y = np.asarray(probe.element_positions_m)[:, [1, 0, 2]]
    turned = dataclasses.replace(probe, element_positions_m=along_y)
    assert ChannelDataSimulator(turned, [TransmitEvent()], RECORDING, diffraction=True)._cells is None


def test_lines_delay_a_pulse_by_any_part_of_a_sample() -> None:
    probe = l38_probe()
    fs, pulse = 2 * probe.center_frequency_hz, Pulse.gaussian(probe.center_frequency_hz, probe.fractional_bandwidth)
    lines = delay_lines(tabulate(pulse, fs, analytic=True, n_samples=64), 0.5)
    samples = np.arange(8 * PIECES)

    def baseband_of(delay: float) -> Any:
        return pulse.at((samples - 100 - delay) / fs) * np.exp(-1j * np.pi * (samples - 100 - delay))

    waveform = np.zeros(ROW, np.float32)
    waveform[16:-16] = baseband_of(0).astype(np.complex64).view(np.float32)
    fine = np.zeros(ROWS * ROW, np.float32)
    refine(waveform, 16, PIECES, lines, ROWS, fine, 0, ROW, 16)
    rows = fine.reshape(ROWS, ROW)[:, :-32].view(np.complex64)
    errors = []
    for delay in np.linspace(0, 0.999, 33):
        line = int(delay * FINE)
        share = delay * FINE - line - 0.5
        errors.append(error_db(rows[2 * line] + share * rows[2 * line + 1], baseband_of(delay)))
    assert max(errors) < -35
    assert np.mean(errors) < -40
