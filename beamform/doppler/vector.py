"""Vector flow: both components of the velocity in the image plane, from several steering angles."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.check import check_probe
from sonoreach.beamform.check_numbers import check_positive
from sonoreach.beamform.doppler.colour import colour_doppler
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ChannelData, ProbeGeometry

Floats = NDArray[np.float32]
Array = NDArray[np.float64]


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
    direction: Array,
    *,
    repetition_frequency_hz: float,
    sound_speed_m_s: float,
    probe: ProbeGeometry,
    f_number: float = 1.5,
    smooth: tuple[int, int] = (1, 1),
) -> VectorFlow:
    """Fit one velocity to the Doppler velocities of all angles, by least squares.

    A plane wave along t, heard along the scan line d by an aperture centred on it, measures about -(t + d) . v / 2
    towards the probe: Yiu, Lai, Yu, "Vector projectile imaging", Ultrasound Med. Biol. 40 (2014), with steering on
    transmit alone. In place of t + d stands what speckle really has, see `mean_wave_vectors`. The error across the
    beam is larger than the one along it by about 1 / tan of half the steering.

    Args:
        ensembles: beamformed and clutter-filtered, shape (n_angles, n_lines, n_samples, n_frames).
        transmit_angles_rad: steering of each plane wave, at least two [rad].
        direction: unit vectors of the scan lines, shape (n_lines, 3): `Grid.direction`.
        repetition_frequency_hz: frames of one angle a second [Hz].
        probe: the array; its pulse and elements count.
        f_number: of the receive aperture, boxcar.
        sound_speed_m_s, smooth: as for `colour_doppler`.

    Raises:
        InputError: shapes that do not fit, angles within 2° of each other, or what `mean_wave_vectors` or
            `colour_doppler` refuse.
    """
    angles = np.asarray(transmit_angles_rad, dtype=np.float64)
    if angles.ndim != 1:
        raise InputError(f"transmit_angles_rad must be a list of angles, got shape {angles.shape}.")
    if ensembles.ndim != 4 or len(ensembles) != len(angles) or direction.shape != (ensembles.shape[1], 3):
        raise InputError(
            "ensembles must have shape (n_angles, n_lines, n_samples, n_frames) with one angle each and direction "
            f"(n_lines, 3), got {ensembles.shape}, {len(angles)} angles and {direction.shape}."
        )
    if not np.isfinite(angles).all() or len(angles) < 2 or np.ptp(angles) < np.radians(2):
        raise InputError(f"transmit_angles_rad must be at least two that span 2° or more, got {angles.tolist()}.")
    model = -0.5 * mean_wave_vectors(angles, direction, probe, sound_speed_m_s, f_number)
    measured = np.stack(
        [
            colour_doppler(
                one,
                repetition_frequency_hz=repetition_frequency_hz,
                center_frequency_hz=probe.center_frequency_hz,
                sound_speed_m_s=sound_speed_m_s,
                smooth=smooth,
            ).velocity_m_s
            for one in ensembles
        ],
        axis=1,
    )
    velocity = np.linalg.pinv(model) @ measured
    rest = measured - model @ velocity
    return VectorFlow(
        np.ascontiguousarray(velocity.transpose(0, 2, 1), dtype=np.float32),
        np.sqrt(np.mean(rest**2, axis=1)).astype(np.float32),
    )


def mean_wave_vectors(
    transmit_angles_rad: Array, direction: Array, probe: ProbeGeometry, sound_speed_m_s: float, f_number: float
) -> Array:
    """Mean wave vector of speckle over 2 pi f / c, whose product with a displacement is the phase it causes.

    An element at the angle r to the line puts the frequency f at the wave vector f (t + r). The image's spectrum there
    is P(f) A(r) over the area that df dr takes, f (1 + t . r), so its power has the weight P² A² / (f (1 + t . r)): low
    frequencies, and the elements across from the steering, count for more. The mean frequency of a Gaussian pulse is
    f (1 - s²), s its relative standard deviation in power. With a bandwidth of 60 %, f/1.5 and ±15°, leaving this out
    reads 3 % low along the beam and 4 to 5 % low across it (one point moved by 20 to 40 µm).

    Returns:
        x and z of each line and angle, shape (n_lines, n_angles, 2); near t + d for long pulses and narrow apertures.

    Raises:
        InputError: angles of 80° or more, directions that are no unit vectors, or numbers out of range.
    """
    check_probe(probe)
    check_positive(sound_speed_m_s=sound_speed_m_s)
    if not 0 <= f_number < 100:
        raise InputError(f"f_number must lie in [0, 100), got {f_number}.")
    if not (np.abs(transmit_angles_rad) < np.radians(80)).all():
        degrees = np.degrees(transmit_angles_rad).tolist()
        raise InputError(f"transmit_angles_rad must lie within 80° of the normal, got {degrees}°.")
    if not np.allclose(np.sum(direction**2, axis=1), 1.0, atol=1e-6):
        raise InputError("direction must hold unit vectors, got others.")
    power_spread = probe.fractional_bandwidth / (4 * np.sqrt(np.log(2)))
    slope = np.linspace(-0.5, 0.5, 129) / max(f_number, 0.5)  # elements lie evenly in the tangent
    heard = np.arctan(slope)
    width = probe.element_width_m * probe.center_frequency_hz / sound_speed_m_s
    directivity = np.cos(heard) * np.sinc(width * np.sin(heard))
    tilt = np.arctan2(direction[:, 0], direction[:, 2])
    steering = transmit_angles_rad - tilt[:, None]  # against the line, (n_lines, n_angles)
    # Even elements are 1 / cos² dense in angle; one of the two cos² turns the step in angle into one in the tangent.
    weight = (directivity / np.cos(heard)) ** 2 / (1 + np.cos(heard - steering[..., None]))
    weight /= weight.sum(axis=-1, keepdims=True)
    along = np.cos(steering) + weight @ np.cos(heard)
    across = np.sin(steering) + weight @ np.sin(heard)
    cosine, sine = np.cos(tilt)[:, None], np.sin(tilt)[:, None]
    vectors = np.stack([along * sine + across * cosine, along * cosine - across * sine], axis=-1)
    return np.asarray((1 - power_spread**2) * vectors, dtype=np.float64)
