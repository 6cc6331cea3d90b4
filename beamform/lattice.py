"""Images whose columns follow the rhythm of a linear array: so many columns a pitch, and plane waves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.lattice_kernel import CHUNK, GROUP, TILE, sum_lattice
from sonoreach.beamform.lattice_records import BATCH, PAD, SIXTEEN, half_row
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.beamform.simd import aligned_floats
from sonoreach.beamform.threads import for_ranges
from sonoreach.types.channel_data import ChannelData, TransmitKind

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Complex = NDArray[np.complex64]

_SAME_M = 1e-9  # far below a tick of delay
_MOST_CLASSES = 16  # columns a pitch; with more of them, a class is no longer worth its vectors
_FEWEST = 32  # columns of a class


def columns_per_pitch(grid: Grid, data: ChannelData) -> int | None:
    """How many columns of an image there are a pitch of a linear array that sends plane waves; None for others."""
    elements = data.probe.element_positions_m
    if not grid.is_cartesian or len(elements) < 2 or len(grid.x_m) < 2 or grid.origin_m[:, 1].any():
        return None
    if elements[:, 1:].any() or any(event.kind is not TransmitKind.PLANE for event in data.transmits):
        return None
    pitch = (elements[-1, 0] - elements[0, 0]) / (len(elements) - 1)
    step = (grid.x_m[-1] - grid.x_m[0]) / (len(grid.x_m) - 1)
    classes = round(pitch / step) if pitch > 0 else 0
    if not 1 <= classes <= _MOST_CLASSES or len(grid.x_m) < classes * _FEWEST:
        return None
    even = np.abs(np.diff(elements[:, 0]) - pitch).max() < _SAME_M
    same = np.abs(grid.x_m[0] + np.arange(len(grid.x_m)) * (pitch / classes) - grid.x_m).max() < _SAME_M
    return classes if even and same else None


@dataclass(frozen=True, eq=False)
class Lattice:
    """Tables of one acquisition on such a grid; the names are those of `sum_lattice`.

    A lag is the number of an element less that of a column in its class. A table holds one entry for each depth and
    each lag that is heard there: fewer than the points of the image.
    """

    mask: int
    taps: Floats | None
    carrier: Complex | None
    channel_weight: Floats
    element_lead: Ints
    needed: Ints
    passed: Ints
    passage: Ints
    turn: Complex
    turns: Complex | None
    class_lags: Ints
    lags: Ints
    entry: Ints
    ticks: Ints
    weights: Floats
    steer: Ints | None
    lead: Floats | None
    scratch: list[Floats]
    coverage: Floats
    lit: NDArray[np.bool_]

    def __call__(self, data: ChannelData, image: Complex) -> None:
        """Write the image of a frame, complex64, shape (n_lines, n_samples)."""
        n_tx, n_elements, n_samples = data.samples.shape[:3]
        samples = data.samples.reshape(n_tx, n_elements, -1)
        flat, n_columns = image.reshape(-1), len(image)

        def work(begin: int, beyond: int) -> None:
            try:
                scratch = self.scratch.pop()
            except IndexError:
                scratch = self._new_scratch(n_columns, n_elements)
            sum_lattice(
                begin, beyond, flat, n_columns, scratch, self.mask, samples, self.channel_weight, self.taps,
                self.carrier, self.element_lead, self.needed, self.passed, self.passage, self.turn, self.turns,
                self.class_lags, self.lags, self.entry, self.ticks, self.weights, self.steer, self.lead,
            )  # fmt: skip
            self.scratch.append(scratch)

        for_ranges(work, -(-image.shape[1] // CHUNK))

    def _new_scratch(self, n_columns: int, n_elements: int) -> Floats:
        """Room for a thread: rows of samples, sums of a chunk, and samples on their way into rows."""
        classes = len(self.class_lags) - 1
        wide = -(-n_columns // (classes * GROUP)) * GROUP
        rows = (self.mask + 1) * 2 * half_row(n_elements) + 2 * PAD
        scratch = aligned_floats(rows + CHUNK * 2 * classes * wide + 2 * SIXTEEN * BATCH)
        scratch[:] = 0
        return scratch


def make_lattice(
    grid: Grid, data: ChannelData, aperture: ReceiveAperture, sound_speed_m_s: float, classes: int, *,
    channel_weight: Floats, filter_taps: Complex | None, reach: NDArray[np.bool_] | None, coverage: Floats,
    lit: NDArray[np.bool_],
) -> Lattice:  # fmt: skip
    """Make the tables.

    Args:
        classes: see `columns_per_pitch`.
        channel_weight: weights of the transmits.
        filter_taps: for RF, from real samples to analytic signals, see `band_filter`; None for IQ.
        reach: where each wave counts, shape (n_lines, n_tx, >= n_samples); None everywhere.
        coverage, lit: see `DelayAndSum`.
    """
    elements = data.probe.element_positions_m[:, 0]
    n_elements, n_columns, depths = len(elements), len(grid.x_m), grid.distance_m
    pitch = (elements[-1] - elements[0]) / (n_elements - 1)
    ticks_per_m = data.sampling_frequency_hz / sound_speed_m_s * 2**FRACTION_BITS
    turn_per_tick = 2j * np.pi * _center(data) / data.sampling_frequency_hz / 2**FRACTION_BITS
    angles = np.array([event.angle_rad for event in data.transmits])

    lags, across = _lags(grid.x_m[:classes] - elements[0], n_columns, n_elements, pitch)
    ticks, weights, entry = [], [], np.zeros((classes, len(depths), 2), np.int32)
    steer = [np.round(np.outer(np.sin(angles), a) * ticks_per_m).astype(np.int32) for a in across]
    passage = np.cos(angles)[:, None] * depths * ticks_per_m - data.start_time_s * data.sampling_frequency_hz * 2**FRACTION_BITS
    needed = np.empty((len(angles), len(depths), 2), np.int32)
    needed[..., 0], needed[..., 1] = np.iinfo(np.int32).max, np.iinfo(np.int32).min
    passage_ticks = np.round(passage).astype(np.int32)
    count = 0
    for r in range(classes):
        for z, depth in enumerate(depths):
            heard = int(np.searchsorted(2 * aperture.f_number * np.abs(across[r]), depth, side="right"))
            here = across[r][:heard]
            path = np.hypot(here, depth) * ticks_per_m
            ticks.append(np.round(path).astype(np.int32))
            weights.append(aperture.weight(np.abs(here), depth) * np.exp(turn_per_tick * path))
            entry[r, z] = count, count + heard
            count += heard
            if heard:
                times = (ticks[-1] + steer[r][:, :heard] + passage_ticks[:, z, None]) >> FRACTION_BITS
                needed[:, z, 0] = np.minimum(needed[:, z, 0], times.min(axis=1))
                needed[:, z, 1] = np.maximum(needed[:, z, 1], times.max(axis=1) + 3)
    silent = needed[..., 1] < needed[..., 0]
    needed[silent] = 0
    lead_ticks = np.round(np.outer(np.sin(angles), elements) * ticks_per_m).astype(np.int32)
    steered = bool(lead_ticks.any())
    lead = np.zeros((len(angles), n_elements + 2 * PAD), np.float32)
    lead[:, PAD : PAD + n_elements] = (lead_ticks & (2**FRACTION_BITS - 1)) / 2**FRACTION_BITS
    is_iq = data.demodulation_frequency_hz > 0
    begun = 2j * np.pi * _center(data) * data.start_time_s if is_iq else 0.0
    wide = -(-n_columns // (classes * GROUP)) * GROUP
    x = grid.x_m[0] + (np.arange(classes)[:, None] / classes + np.arange(wide)) * pitch
    return Lattice(
        mask=_rows_kept(needed) - 1,
        taps=None if filter_taps is None else _half(filter_taps),
        carrier=None if is_iq else _carrier(data),
        channel_weight=channel_weight,
        element_lead=lead_ticks >> FRACTION_BITS,
        needed=needed,
        passed=_passed(reach, n_columns, len(angles), len(depths), classes),
        passage=passage_ticks,
        turn=np.exp(turn_per_tick * passage + begun).astype(np.complex64),
        turns=np.exp(turn_per_tick * ticks_per_m * np.sin(angles)[:, None, None] * x).astype(np.complex64) if steered else None,
        class_lags=np.cumsum([0] + [len(a) for a in lags], dtype=np.int32),
        lags=np.concatenate(lags).astype(np.int32),
        entry=entry,
        ticks=np.concatenate(ticks),
        weights=np.concatenate(weights).astype(np.complex64).view(np.float32),
        steer=np.concatenate(steer, axis=1) if steered else None,
        lead=lead if steered else None,
        scratch=[],
        coverage=coverage,
        lit=lit,
    )


def _center(data: ChannelData) -> float:
    return data.demodulation_frequency_hz if data.demodulation_frequency_hz > 0 else data.probe.center_frequency_hz


def _carrier(data: ChannelData) -> Complex:
    turns = np.arange(data.samples.shape[2]) * (_center(data) / data.sampling_frequency_hz)
    return np.exp(-2j * np.pi * (turns % 1.0)).astype(np.complex64)


def _half(taps: Complex) -> Floats:
    half = taps[taps.size // 2 :]
    return np.concatenate([half.real, half.imag])


def _lags(first_m: NDArray[np.float64], n_columns: int, n_elements: int, pitch_m: float) -> tuple[list[Any], list[Any]]:
    """Lags of each class with the nearest first, and how far across they are [m]."""
    lags, across = [], []
    for r, offset in enumerate(first_m):
        columns = -(-(n_columns - r) // len(first_m))
        lag = np.arange(1 - columns, n_elements)
        away = offset - lag * pitch_m
        order = np.argsort(np.abs(away), kind="stable")
        lags.append(lag[order])
        across.append(away[order])
    return lags, across


def _rows_kept(needed: Ints) -> int:
    """Rows to keep at once, a power of two: as many as any tile needs."""
    spans = [
        int(tile[..., 1].max()) - int(tile[..., 0].min())
        for waves in needed
        for tile in np.split(waves, range(TILE, len(waves), TILE))
    ]
    return 1 << (max(spans) + 2 * SIXTEEN - 1).bit_length()


def _passed(reach: NDArray[np.bool_] | None, n_columns: int, n_tx: int, n_depths: int, classes: int) -> Ints:
    passed = np.zeros((n_tx, classes, n_depths, 2), np.int32)
    for r in range(classes):
        columns = -(-(n_columns - r) // classes)
        if reach is None:
            passed[:, r, :, 1] = columns
            continue
        mine = reach[r::classes, :, :n_depths]
        passed[:, r, :, 0] = mine.argmax(axis=0)
        passed[:, r, :, 1] = np.where(mine.any(axis=0), columns - mine[::-1].argmax(axis=0), 0)
    return passed
