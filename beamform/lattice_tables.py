"""Tables for sums over a lattice: which elements hear which columns, when, and how loud."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.analytic import half_filter
from sonoreach.beamform.aperture import ReceiveAperture
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.hearing import hearing
from sonoreach.beamform.lattice import Complex, Floats, Ints, Lattice
from sonoreach.beamform.lattice_kernel import padded
from sonoreach.beamform.lattice_records import PAD, part_of_row
from sonoreach.beamform.lattice_rows import NeededRows
from sonoreach.beamform.rhythm import Rhythm
from sonoreach.beamform.row_kernel import FRACTION_BITS
from sonoreach.types.channel_data import ChannelData

Array = NDArray[np.float64]

_ONE = 2**FRACTION_BITS  # ticks a sample


def make_lattice(
    grid: Grid, data: ChannelData, aperture: ReceiveAperture, sound_speed_m_s: float, rhythm: Rhythm, *,
    channel_weight: Floats, filter_taps: Complex | None, reach: NDArray[np.bool_] | None, coherent: bool,
    coverage: Floats, lit: NDArray[np.bool_],
) -> Lattice:  # fmt: skip
    """Make the tables of an acquisition.

    A plane wave passes a column x at the depth z after (z cos a + x sin a) / c. The part with x is split between the
    element, whose record is moved by whole samples and a fraction (`element_lead`, `lead`), and the lag (`steer`).

    Args:
        channel_weight: weights of the transmits.
        filter_taps: for RF, from real samples to analytic signals, see `band_filter`; None for IQ.
        reach: where each wave counts, shape (n_lines, n_tx, >= n_samples); None everywhere.
        coherent: weight the points by their coherence factor, for a single transmit.
        coverage, lit: see `DelayAndSum`.
    """
    fs, angle = data.sampling_frequency_hz, np.array([event.angle_rad for event in data.transmits])
    elements, depth = data.probe.element_positions_m[:, 0], grid.distance_m
    per_m, is_iq = fs / sound_speed_m_s * _ONE, filter_taps is None
    center = data.demodulation_frequency_hz if is_iq else data.probe.center_frequency_hz
    phase = 2j * np.pi * center / fs / _ONE  # of a tick
    begun = 2j * np.pi * center * data.start_time_s if is_iq else 0.0

    lags, across = _lags(grid, elements, rhythm)
    steer = [np.round(np.outer(np.sin(angle), away) * per_m).astype(np.int32) for away in across]
    passage = np.cos(angle)[:, None] * depth * per_m - data.start_time_s * fs * _ONE
    entry, ticks, weights = _entries(across, depth, aperture, per_m, phase)
    needed = NeededRows(len(angle), len(depth))
    for ranges, more in zip(entry, steer, strict=True):
        for z, (begin, end) in enumerate(ranges):
            time = np.round(passage[:, z, None]).astype(np.int32) + ticks[begin:end]
            needed.include(z, time + more[:, : end - begin])
    moved = np.round(np.outer(np.sin(angle), elements) * per_m).astype(np.int32)
    steered = bool(moved.any())
    wide = padded(len(grid.x_m), rhythm.columns)
    x = grid.x_m[0] + np.add.outer(np.arange(rhythm.columns), np.arange(wide) * rhythm.columns) * _step(grid)
    return Lattice(
        rhythm=rhythm,
        mask=needed.kept() - 1,
        taps=None if filter_taps is None else half_filter(filter_taps),
        carrier=None if is_iq else _planes(np.exp(-phase * _ONE * np.arange(data.samples.shape[2]))[None]).ravel(),
        channel_weight=channel_weight,
        element_lead=moved // _ONE,
        needed=needed.of_tiles(),
        passed=_passed(reach, len(grid.x_m), len(angle), len(depth), rhythm.columns),
        passage=np.round(passage).astype(np.int32),
        turn=np.exp(phase * passage + begun).astype(np.complex64),
        turns=_planes(np.exp(phase * per_m * np.multiply.outer(np.sin(angle), x))) if steered else None,
        class_lags=np.cumsum([0, *map(len, lags)], dtype=np.int32),
        lags=np.concatenate(lags).ravel(),
        entry=entry,
        ticks=ticks,
        weights=weights.view(np.float32),
        steer=np.concatenate(steer, axis=1) if steered else None,
        lead=_dealt(moved % _ONE / _ONE, rhythm.pitches) if steered else None,
        listeners=_listeners(grid, data, aperture) if coherent else None,
        scratch=[],
        coverage=coverage,
        lit=lit,
    )


def _step(grid: Grid) -> float:
    """From column to column [m]."""
    return float(grid.x_m[-1] - grid.x_m[0]) / (len(grid.x_m) - 1)


def _planes(values: NDArray[np.complex128]) -> Floats:
    """Real and imaginary parts along a last but one axis."""
    return np.stack([values.real, values.imag], axis=-2).astype(np.float32)


def _lags(grid: Grid, elements: Array, rhythm: Rhythm) -> tuple[list[Ints], list[Array]]:
    """Lags of each class, nearest first, shape (n, 2) as in `sum_lags`, and how far across they are [m]."""
    each = -(-len(elements) // rhythm.pitches)
    pitch = (elements[-1] - elements[0]) / (len(elements) - 1)
    lags: list[Ints] = []
    across: list[Array] = []
    for r in range(rhythm.columns):
        columns = -(-(len(grid.x_m) - r) // rhythm.columns)
        lag, turn = (a.ravel() for a in np.meshgrid(np.arange(1 - columns, each), np.arange(rhythm.pitches)))
        away = grid.x_m[r] - elements[0] - (lag * rhythm.pitches + turn) * pitch
        order = np.argsort(np.abs(away), kind="stable")
        lags.append(np.stack([lag, PAD + turn * (each + PAD)], axis=1)[order].astype(np.int32))
        across.append(away[order])
    return lags, across


def _entries(
    across: list[Array], depth: Array, aperture: ReceiveAperture, per_m: float, phase: complex
) -> tuple[Ints, Ints, Complex]:
    """What each class hears at each depth: entries as in `sum_lattice`, their times [ticks] and weights.

    Classes that are mirror images share theirs.
    """
    known: dict[bytes, list[tuple[int, int]]] = {}
    entry, ticks, weights, count = [], [], [], 0
    for away in map(np.abs, across):
        key = np.round(away * 1e12).tobytes()
        if key not in known:
            known[key] = []
            for height in depth:
                here = away[: np.searchsorted(2 * aperture.f_number * away, height, side="right")]
                path = np.hypot(here, height) * per_m
                ticks.append(np.round(path).astype(np.int32))
                weights.append((aperture.weight(here, height) * np.exp(phase * path)).astype(np.complex64))
                known[key].append((count, count + len(here)))
                count += len(here)
        entry.append(known[key])
    return np.array(entry, np.int32), np.concatenate(ticks), np.concatenate(weights)


def _listeners(grid: Grid, data: ChannelData, aperture: ReceiveAperture) -> Floats:
    """Number of elements that hear each point, flat."""
    heard = hearing(grid, data.probe.element_positions_m, aperture.f_number, grid.n_lines)
    return heard.listeners.astype(np.float32).ravel()


def _dealt(fraction: Array, turns: int) -> Floats:
    """Numbers of the elements, shape (n_tx, n_elements), laid out as a part of a row of `fill_rows`, and PAD zeros."""
    n_tx, n_elements = fraction.shape
    each = -(-n_elements // turns)
    dealt = np.zeros((n_tx, part_of_row(n_elements, turns) + PAD), np.float32)
    for turn in range(turns):
        mine = fraction[:, turn::turns]
        first = PAD + turn * (each + PAD)
        dealt[:, first : first + mine.shape[1]] = mine
    return dealt


def _passed(reach: NDArray[np.bool_] | None, n_columns: int, n_tx: int, n_depths: int, classes: int) -> Ints:
    """Columns of a class that each wave passes: from, and up to; they lie side by side. Padding counts as passed."""
    wide = padded(n_columns, classes)
    passed = np.zeros((n_tx, classes, n_depths, 2), np.int32)
    for r in range(classes):
        columns = -(-(n_columns - r) // classes)
        if reach is None:
            passed[:, r, :, 1] = wide
            continue
        mine = reach[r::classes, :, :n_depths]
        passed[:, r, :, 0] = mine.argmax(axis=0)
        passed[:, r, :, 1] = np.where(mine.any(axis=0), columns - mine[::-1].argmax(axis=0), 0)
        passed[:, r, :, 1][passed[:, r, :, 1] == columns] = wide
    return passed
