"""What is sent, and scratch for the waveforms that come of it, in groups for the kernels of diffraction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.simd import aligned_floats
from sonoreach.simulation.acoustics.vector import LANES, PIECE
from sonoreach.simulation.acoustics.waveform_sum import BLOCK, FINE, GROUP, LONGEST, PAD, TRAINS

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class Waves(NamedTuple):
    """What the transmitting elements send, and how it is summed.

    Attributes:
        path, scale, phase, spherical: see `diffraction.ElementWaves`; order: see `waveform_sum.sum_waves`.
        carrier, interpolation: see `demodulation.demodulate` and `waveform_sum.refine`.
    """

    path: Floats
    scale: Floats
    phase: Floats
    spherical: bool
    order: Ints
    carrier: Floats
    interpolation: Floats


class Workroom(NamedTuple):
    """Scratch for the waveforms of a block, see `workroom`."""

    distance: Floats
    pattern: Floats
    arrival: Floats
    strength: Floats
    slot: Ints
    first: Floats
    last: Floats
    origin: Ints
    place: Ints
    real: Floats
    imaginary: Floats
    ones: Floats
    power: Floats
    trains: Floats
    train: Floats
    baseband: Floats
    energy: Floats
    heard: Floats
    runs: Ints
    found: Ints
    fine: Floats


def workroom(n_elements: int, samples: int) -> Workroom:
    """Scratch for an array and its longest waveform, a multiple of PIECE samples."""
    most, groups, length = samples // PIECE, -(-n_elements // GROUP), 2 * (samples + 2 * PAD)
    block, whole_block = np.empty((4, n_elements, BLOCK), np.float32), np.empty((n_elements, BLOCK), np.int32)
    row, whole_row = np.empty((4, BLOCK), np.float32), np.empty((2, BLOCK), np.int32)
    return Workroom(
        distance=block[0], pattern=block[1], arrival=block[2], strength=block[3], slot=whole_block,
        first=row[0], last=row[1], real=row[2], imaginary=row[3], origin=whole_row[0], place=whole_row[1],
        ones=np.ones(BLOCK, np.float32), power=np.empty((BLOCK, groups), np.float32),
        trains=aligned_floats(TRAINS * length), train=aligned_floats(length), baseband=np.zeros(length, np.float32),
        energy=np.empty(most, np.float32), heard=np.empty(most * groups + LANES, np.float32),
        runs=np.empty((groups, LONGEST, BLOCK * most, 3), np.int32), found=np.zeros((groups, LONGEST), np.int32),
        fine=aligned_floats(BLOCK * most * FINE * LANES),
    )  # fmt: skip
