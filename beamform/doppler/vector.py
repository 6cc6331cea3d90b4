"""Vector flow: both components of the velocity in the image plane, from several steering angles."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.doppler.colour import colour_doppler
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class VectorFlow:
    """Motion in the x-z plane at every point.

    Attributes:
        velocity_m_s: velocity along x and along z (positive away from the probe), shape (n_lines, n_samples, 2) [m/s].
        residual_m_s: root mean square of what the angles' Doppler velocities disagree, shape (n_lines, n_samples)
            [m/s]; large where one of them is aliased, and 0 everywhere with two angles.
    """

    velocity_m_s: Floats
    residual_m_s: Floats


def angle_ensembles(frames: Sequence[ChannelData], grid: Grid, f_number: float = 1.5) -> NDArray[np.complex64]:
    """Beamform each steering angle of an ensemble by itself.

    Args:
        frames: channel data of one acquisition, in the order of time, each with the same plane waves.
        grid: where.
        f_number: of the receive aperture.

    Returns:
        complex64, shape (n_transmits, n_lines, n_samples, n_frames).

    Raises:
        InputError: no frames, transmits that differ between frames, or what `EnsembleDelayAndSum` refuses.
    """
    if not frames or any(data.transmits != frames[0].transmits for data in frames):
        raise InputError("frames for vector flow must be at least one, all of the same transmits.")
    das = EnsembleDelayAndSum(grid, f_number)
    return np.stack([das([_only(data, t) for data in frames]) for t in range(len(frames[0].transmits))])


def _only(data: ChannelData, transmit: int) -> ChannelData:
    """A frame reduced to one of its transmits."""
    part = slice(transmit, transmit + 1)
    return dataclasses.replace(data, samples=data.samples[part], transmits=data.transmits[part])


def vector_flow(
    ensembles: NDArray[np.complex64],
    transmit_angles_rad: Sequence[float],
    direction: NDArray[np.float64],
    *,
    repetition_frequency_hz: float,
    center_frequency_hz: float,
    sound_speed_m_s: float,
    smooth: tuple[int, int] = (1, 1),
) -> VectorFlow:
    """Fit one velocity to the Doppler velocities of all angles, by least squares.

    A plane wave along t, heard along the scan line d by an aperture centred on it, measures -(t + d) . v / 2 towards
    the probe. Yiu, Lai, Yu, "Vector projectile imaging", Ultrasound Med. Biol. 40 (2014), with steering on transmit
    alone. The error across the beam is larger than the one along it by about 1 / tan of half the steering.

    Args:
        ensembles: beamformed and clutter-filtered, shape (n_angles, n_lines, n_samples, n_frames).
        transmit_angles_rad: steering of each plane wave, at least two [rad].
        direction: unit vectors of the scan lines, shape (n_lines, 3): `Grid.direction`.
        repetition_frequency_hz: frames of one angle a second [Hz].
        center_frequency_hz, sound_speed_m_s, smooth: as for `colour_doppler`.

    Raises:
        InputError: shapes that do not fit, angles within 2° of each other, or what `colour_doppler` refuses.
    """
    angles = np.asarray(transmit_angles_rad, dtype=np.float64)
    if ensembles.ndim != 4 or len(ensembles) != len(angles) or direction.shape != (ensembles.shape[1], 3):
        raise InputError(
            "ensembles must have shape (n_angles, n_lines, n_samples, n_frames) with one angle each and direction "
            f"(n_lines, 3), got {ensembles.shape}, {len(angles)} angles and {direction.shape}."
        )
    if not np.isfinite(angles).all() or len(angles) < 2 or np.ptp(angles) < np.radians(2):
        raise InputError(f"transmit_angles_rad must be at least two that span 2° or more, got {angles.tolist()}.")
    measured = np.stack(
        [
            colour_doppler(
                one,
                repetition_frequency_hz=repetition_frequency_hz,
                center_frequency_hz=center_frequency_hz,
                sound_speed_m_s=sound_speed_m_s,
                smooth=smooth,
            ).velocity_m_s
            for one in ensembles
        ],
        axis=1,
    )
    transmit = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    model = -0.5 * (transmit + direction[:, None, ::2])  # (n_lines, n_angles, 2)
    velocity = np.linalg.pinv(model) @ measured
    rest = measured - model @ velocity
    return VectorFlow(
        np.ascontiguousarray(velocity.transpose(0, 2, 1), dtype=np.float32),
        np.sqrt(np.mean(rest**2, axis=1)).astype(np.float32),
    )
