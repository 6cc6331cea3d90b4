"""Transmit with diffraction: the incident wave is the sum of what all elements send.

For each scatterer the sum over the transmitting elements is a waveform: a main wave, the waves of the aperture's
edges, grating lobes. Each receiving element hears that waveform, delayed and weighted. It is kept as baseband at steps
of 1/16 sample: the carrier's phase is exact, the envelope's delay is rounded to those steps (-37 dB).

Waves of a row of elements spread as 1/sqrt(r), those of a matrix as 1/r. The sum is scaled, by the stationary
phase of the aperture's integral, so that inside the beam it agrees in amplitude and phase with the ideal
wavefront of `transmit`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.acoustics.baseband import PARTS, PartialSums
from sonoreach.simulation.acoustics.delay_filter import delay_filters
from sonoreach.simulation.acoustics.demodulation import conjugated_carrier
from sonoreach.simulation.acoustics.order import scattered_order
from sonoreach.simulation.acoustics.pulse import PulseTable
from sonoreach.simulation.acoustics.row import clock_of, pulses_of
from sonoreach.simulation.acoustics.transmit import REFERENCE_M
from sonoreach.simulation.acoustics.vector import LANES, PIECE
from sonoreach.simulation.acoustics.waveform_kernels import simulate_part
from sonoreach.simulation.acoustics.waveform_sum import BLOCK, FINE, LONGEST
from sonoreach.simulation.acoustics.workroom import Waves, workroom
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ElementWaves:
    """What each element does in each transmit.

    Attributes:
        path_m: its delay times the speed of sound, shape (n_transmits, n_elements) [m].
        scale: its strength, shape (n_transmits, n_elements); 0: silent.
        turns: constant phase of the sum, shape (n_transmits,) [cycles].
        spherical: whether waves spread as 1/r.
    """

    path_m: Floats
    scale: Floats
    turns: Floats
    spherical: bool


def element_waves(transmits: Sequence[TransmitEvent], probe: ProbeGeometry, wavelength_m: float) -> ElementWaves:
    """Delays and strengths of the elements for the transmits; time zero as in `TransmitEvent`.

    Strengths belong to spreading by sqrt(REFERENCE_M / r), and for a matrix to that divided by sqrt(r).
    """
    positions = np.asarray(probe.element_positions_m, dtype=np.float64)
    spherical = bool(np.ptp(positions[:, 1]) > 0)
    gaps = np.linalg.norm(positions - positions[0], axis=1)
    pitch_m = float(gaps[gaps > 0].min()) if probe.n_elements > 1 else probe.element_width_m
    area = pitch_m**2 / wavelength_m if spherical else pitch_m / math.sqrt(wavelength_m)
    path = np.zeros((len(transmits), probe.n_elements))
    scale = np.full_like(path, area / math.sqrt(REFERENCE_M))
    phase = np.full(len(transmits), math.pi / 2 if spherical else math.pi / 4)
    for t, event in enumerate(transmits):
        source = np.array(event.source_m)
        if event.kind == TransmitKind.PLANE:
            path[t] = positions @ [math.sin(event.angle_rad), 0, math.cos(event.angle_rad)]
        elif event.kind == TransmitKind.DIVERGING:
            path[t] = np.linalg.norm(positions - source, axis=1) - np.linalg.norm(source)
        elif event.kind == TransmitKind.FOCUSED:
            path[t] = np.linalg.norm(source) - np.linalg.norm(positions - source, axis=1)
        else:
            path[t] = -np.linalg.norm(positions[event.element])
            scale[t] = 0
            scale[t, event.element] = math.sqrt(REFERENCE_M) if spherical else 1
            phase[t] = 0
    return ElementWaves(
        path.astype(np.float32), scale.astype(np.float32), (phase / (2 * math.pi)).astype(np.float32), spherical
    )


class DiffractedTransmit:
    """Prepared transmits of one array, and the sum of what they return."""

    def __init__(
        self,
        transmits: Sequence[TransmitEvent],
        probe: ProbeGeometry,
        table: PulseTable,
        *,
        center_frequency_hz: float,
        sampling_frequency_hz: float,
        start_time_s: float,
        sound_speed_m_s: float,
    ) -> None:
        """Prepare delays, strengths and interpolation for a record that begins at `start_time_s`."""
        cycles = center_frequency_hz / sampling_frequency_hz
        samples_per_m = sampling_frequency_hz / sound_speed_m_s
        waves = element_waves(transmits, probe, sound_speed_m_s / center_frequency_hz)
        # Two elements' waves are at most their delays' difference and their distance apart.
        longest_m = float(np.ptp(waves.path_m, axis=1).max() + np.ptp(probe.element_positions_m, axis=0).sum())
        self.samples = PIECE * math.ceil((longest_m * samples_per_m + table.taps + 4) / PIECE)
        self.waves = Waves(
            waves.path_m, waves.scale, waves.turns, waves.spherical, scattered_order(probe.n_elements).astype(np.int32),
            conjugated_carrier(cycles, self.samples), delay_filters(table, cycles, FINE),
        )  # fmt: skip
        self._pulses = pulses_of(table)
        self._clock = clock_of(table, center_frequency_hz, sampling_frequency_hz, start_time_s, sound_speed_m_s)
        self._parts = PartialSums(LONGEST * LANES)

    def accumulate(
        self,
        scatterers: tuple[Floats, Floats, Floats, Floats],
        elements: Floats,
        patterns: tuple[Floats, Floats],
        signal: Floats,
        threads: int,
    ) -> None:
        """Add all echoes to `signal`, analytic, shape (n_elements, n_transmits, floats)."""
        n = scatterers[0].size
        if n == 0:
            return
        blocks = -(-n // BLOCK)
        parts_used = min(PARTS, max(1, blocks // 4))
        x, y, z, amplitude = (
            np.pad(a, (0, blocks * BLOCK - n), constant_values=v)
            for a, v in zip(scatterers, (0, 0, 0.01, 0), strict=True)
        )

        def fill(first: int, beyond: int, some: slice, parts: Floats) -> None:
            waves = some_waves(self.waves, some)
            room = workroom(len(elements), self.samples)
            for part in range(first, beyond):
                begin, end = (min(blocks * k // parts_used, blocks) * BLOCK for k in (part, part + 1))
                simulate_part(
                    begin, end, x, y, z, amplitude, elements, *patterns, waves, self._pulses, self._clock, room,
                    parts[part].reshape(-1), parts.shape[3],
                )  # fmt: skip

        windows = np.zeros((PARTS, signal.shape[1], 2), np.int32)
        windows[:parts_used, :, 1] = signal.shape[2]
        self._parts.add_to(signal, float(self._clock.cycles), windows, threads, fill)


def some_waves(waves: Waves, some: slice) -> Waves:
    """Those of some transmits."""
    return waves._replace(path=waves.path[some], scale=waves.scale[some], phase=waves.phase[some])
