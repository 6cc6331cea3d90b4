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

from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.simulation.acoustics.order import scattered_order
from sonoreach.simulation.acoustics.pulse import PHASE_BITS, PulseTable
from sonoreach.simulation.acoustics.transmit import REFERENCE_M
from sonoreach.simulation.acoustics.vector import LANES
from sonoreach.simulation.acoustics.waveform_kernels import simulate_part
from sonoreach.simulation.acoustics.waveform_sum import BLOCK, FINE, LONGEST, PIECE, TAPS
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Floats = NDArray[np.float32]

PARTS = 4
"""Parts of the scatterers with accumulators of their own."""


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


def interpolation_taps(table: PulseTable, cycles: float) -> Floats:
    """The best TAPS real weights to delay baseband by q / FINE samples, shape (FINE * TAPS,), see `refine`.

    Least squares over the pulses themselves, so that what their band leaves free goes into its accuracy.

    Args:
        table: the pulses; cycles: of the carrier a sample.
    """
    rows = table.rows.reshape(-1, 1 << PHASE_BITS, table.taps, 2)[:, :: (1 << PHASE_BITS) // FINE].astype(np.float64)
    # A pulse delayed by p steps has its sample k at the step FINE k - p: backwards they are in the order of time.
    pulses = (rows[..., 0] + 1j * rows[..., 1])[:, ::-1].transpose(0, 2, 1).reshape(len(rows), -1)
    pulses *= np.exp(-2j * math.pi * cycles * (np.arange(pulses.shape[1]) / FINE - table.lead))
    padded = np.pad(pulses, ((0, 0), (FINE * TAPS, FINE * TAPS)))

    def delayed(steps: int) -> NDArray[np.float64]:
        moved = np.roll(padded, steps, axis=1).ravel()
        return np.concatenate([moved.real, moved.imag])

    whole = np.column_stack([delayed(FINE * k) for k in range(1 - TAPS // 2, TAPS // 2 + 1)])
    parts = np.column_stack([delayed(q) for q in range(FINE)])
    return np.linalg.lstsq(whole, parts)[0].T.astype(np.float32).ravel()


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
        self._cycles = center_frequency_hz / sampling_frequency_hz
        self._table = table
        self._waves = element_waves(transmits, probe, sound_speed_m_s / center_frequency_hz)
        self._interpolation = interpolation_taps(table, self._cycles)
        self._samples_per_m = sampling_frequency_hz / sound_speed_m_s
        self._offset = table.taps - table.lead - start_time_s * sampling_frequency_hz
        # Two elements' waves are at most their delays' difference and their distance apart.
        longest_m = float(np.ptp(self._waves.path_m, axis=1).max() + np.ptp(probe.element_positions_m, axis=0).sum())
        taps = PIECE * math.ceil((longest_m * self._samples_per_m + table.taps + 4) / PIECE)
        self._conjugate_carrier = np.conj(self._carrier(taps))
        self._order = scattered_order(probe.n_elements).astype(np.int32)

    def _carrier(self, n: int) -> NDArray[np.complex64]:
        """The carrier at samples 0..n - 1."""
        turns = (self._cycles * np.arange(n)) % 1.0
        return np.asarray(np.exp(2j * math.pi * turns), dtype=np.complex64)

    def accumulate(
        self,
        scatterers: tuple[Floats, Floats, Floats, Floats],
        elements: Floats,
        patterns: tuple[Floats, Floats],
        signal: Floats,
        threads: int,
    ) -> None:
        """Sum all echoes into `signal`, shape (n_elements, n_transmits, stride), padded by a pulse on both sides.

        The scatterers are split into PARTS whatever the number of threads, and the parts are added in order.
        """
        n = scatterers[0].size
        blocks = max(1, -(-n // BLOCK))
        x, y, z, amplitude = (
            np.pad(a, (0, blocks * BLOCK - n), constant_values=v)
            for a, v in zip(scatterers, (0, 0, 0.01, 0), strict=True)
        )
        table, waves = self._table, self._waves
        banks = table.rows.size // (table.width << PHASE_BITS)
        stride = signal.shape[2] + 2 * LONGEST * LANES
        partial = np.zeros((PARTS, *signal.shape[:2], stride), dtype=np.float32)

        def work(first: int, beyond: int) -> None:
            fine = aligned_floats(BLOCK * self._conjugate_carrier.size // PIECE * FINE * LANES)
            for part in range(first, beyond):
                begin, end = (blocks * k // PARTS * BLOCK for k in (part, part + 1))
                simulate_part(
                    begin, end, x, y, z, amplitude, elements, *patterns,
                    waves.path_m, waves.scale, waves.turns, waves.spherical, self._order,
                    table.rows, table.width, table.taps, table.bank_bits, banks,
                    self._conjugate_carrier.view(np.float32), self._interpolation,
                    np.float32(self._samples_per_m), np.float32(self._offset), np.float32(self._cycles), fine,
                    partial[part].reshape(-1), stride,
                )  # fmt: skip

        for_ranges(work, PARTS, threads)
        np.sum(partial[..., LONGEST * LANES : -LONGEST * LANES], axis=0, out=signal)
        analytic = signal.view(np.complex64)
        analytic *= self._carrier(analytic.shape[2])
