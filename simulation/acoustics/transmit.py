"""Ideal wavefronts: when each transmit reaches a scatterer and how strong it is there.

Time zero is when the wavefront passes the origin of the probe frame. A wave fills the region that straight
rays from the aperture reach; its edge is as soft as the first Fresnel zone. `diffraction` sums over the
transmitting elements instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.beamform.probes import element_normals
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Floats = NDArray[np.float32]

REFERENCE_M = 0.01
"""Distance at which the factor of spreading, sqrt(REFERENCE_M / distance), is 1 [m]."""


def check_transmits(transmits: Sequence[TransmitEvent], probe: ProbeGeometry) -> None:
    """Refuse transmits that no array could send.

    Raises:
        InputError: no transmit, a plane wave beyond ±80°, a virtual source before the face, a focus behind
            it, or an element that the probe does not have.
    """
    if not transmits:
        raise InputError("transmits: got none, at least one is needed")
    for event in transmits:
        if not np.isfinite((event.angle_rad, *event.source_m)).all():
            raise InputError(f"transmits: got non-finite numbers in {event}")
        if event.kind == TransmitKind.PLANE and abs(event.angle_rad) > math.radians(80):
            raise InputError(f"transmits: got a plane wave at {math.degrees(event.angle_rad):.1f}°, allowed are ±80°")
        if event.kind == TransmitKind.DIVERGING and event.source_m[2] >= 0:
            raise InputError(f"transmits: got a virtual source at z = {event.source_m[2]:g} m, allowed is z < 0")
        if event.kind == TransmitKind.FOCUSED and event.source_m[2] <= 0:
            raise InputError(f"transmits: got a focus at z = {event.source_m[2]:g} m, allowed is z > 0")
        if event.kind == TransmitKind.SINGLE_ELEMENT and not 0 <= event.element < probe.n_elements:
            raise InputError(f"transmits: got element {event.element}, allowed are 0 to {probe.n_elements - 1}")


def transmit_table(transmits: Sequence[TransmitEvent], probe: ProbeGeometry) -> Floats:
    """Numbers that describe the transmits, shape (n_transmits, 11).

    Columns: 0 kind; 1, 2 sine and cosine of the angle; 3-5 source x y z and 6 its distance from the origin [m];
    7, 8 centre and half width of the beam where it crosses z = 0 [m]; 9, 10 the sounding element's normal x z.
    """
    table = np.zeros((len(transmits), 11), dtype=np.float32)
    x, z = probe.element_positions_m[:, 0], probe.element_positions_m[:, 2]
    for row, event in zip(table, transmits, strict=True):
        source, normal = event.source_m, (0.0, 0.0, 1.0)
        if event.kind == TransmitKind.SINGLE_ELEMENT:
            source = tuple(probe.element_positions_m[event.element])
            normal = tuple(element_normals(probe)[event.element])
        if event.kind == TransmitKind.PLANE:
            feet = x - z * math.tan(event.angle_rad)
        else:
            feet = source[0] - source[2] * (x - source[0]) / np.where(z == source[2], -1e-9, z - source[2])
        row[:7] = (event.kind, math.sin(event.angle_rad), math.cos(event.angle_rad), *source, math.hypot(*source))
        half_m = 0.5 * max(float(np.ptp(feet)), probe.element_width_m, 1e-6)  # elements at one place have a width, too
        row[7:] = (0.5 * (feet.max() + feet.min()), half_m, normal[0], normal[2])
    return table


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _edge(offset_m: Any, half_aperture_m: Any, soft_m: Any) -> Any:
    """Amplitude at a distance from the beam's axis: 1 inside, 0 outside, a smooth step of the given width."""
    u = np.float32(0.5) + (half_aperture_m - abs(offset_m)) / soft_m
    u = min(max(u, np.float32(0)), np.float32(1))
    return u * u * (np.float32(3) - np.float32(2) * u)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def plane_wave(x: Floats, z: Floats, row: Floats, wavelength_m: float, path: Floats, weight: Floats) -> None:
    """Path length x sin(angle) + z cos(angle) and weight of a plane wave."""
    sine, cosine = row[1], row[2]
    tangent = sine / cosine
    for i in range(x.shape[0]):
        j = np.uint64(i)
        path[j] = x[j] * sine + z[j] * cosine
        soft = np.sqrt(wavelength_m * max(z[j], wavelength_m))
        weight[j] = _edge(x[j] - z[j] * tangent - row[7], row[8], soft)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def point_wave(x: Floats, y: Floats, z: Floats, row: Floats, wavelength_m: float, path: Floats, weight: Floats) -> None:
    """Path length and weight of a wave that spreads from a virtual source or converges to a focus.

    The weight is 1 at the origin's distance from the source and follows cylindrical spreading, limited to that
    of a focus one wavelength times the f-number wide.
    """
    sx, sy, sz, distance = row[3], row[4], row[5], row[6]
    least = max(wavelength_m * abs(sz) / (np.float32(2) * row[8]), np.float32(0.5) * wavelength_m)
    for i in range(x.shape[0]):
        j = np.uint64(i)
        dx, dy, dz = x[j] - sx, y[j] - sy, z[j] - sz
        r = np.sqrt(dx * dx + dy * dy + dz * dz)
        if sz > 0:  # a focus: the wave has r to go before it and has gone r beyond it
            beyond = np.float32(1 if sx * dx + sy * dy + sz * dz > 0 else -1)
            path[j] = distance + beyond * r
        else:
            path[j] = r - distance
        foot = sx - sz * dx / dz if abs(dz) > np.float32(1e-6) else row[7]
        soft = np.sqrt(wavelength_m * max(z[j], wavelength_m))
        weight[j] = np.sqrt(distance / max(r, least)) * _edge(foot - row[7], row[8], soft)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def element_wave(
    x: Floats, y: Floats, z: Floats, row: Floats, width: float, wavelength_m: float, path: Floats, weight: Floats
) -> None:
    """Path length and weight of the wave of one element, `width` wavelengths wide, in a soft baffle."""
    sx, sy, sz, nx, nz = row[3], row[4], row[5], row[9], row[10]
    for i in range(x.shape[0]):
        j = np.uint64(i)
        dx, dy, dz = x[j] - sx, y[j] - sy, z[j] - sz
        r = max(np.sqrt(dx * dx + dy * dy + dz * dz), wavelength_m)
        u = np.float32(np.pi) * width * (dx * nz - dz * nx) / r + np.float32(1e-6)
        path[j] = r - row[6]
        weight[j] = np.sqrt(np.float32(REFERENCE_M) / r) * max((dx * nx + dz * nz) / r, np.float32(0)) * np.sin(u) / u


def wavefronts(
    positions: tuple[Floats, Floats, Floats], table: Floats, wavelength_m: float, element_width_m: float
) -> tuple[Floats, Floats]:
    """Path lengths [m] and weights of every transmit at every scatterer, each of shape (n_transmits, n)."""
    x, y, z = positions
    path = np.empty((table.shape[0], x.size), dtype=np.float32)
    weight = np.empty_like(path)
    wavelength = np.float32(wavelength_m)
    for k, row in enumerate(table):
        kind = TransmitKind(int(row[0]))
        if kind == TransmitKind.PLANE:
            plane_wave(x, z, row, wavelength, path[k], weight[k])
        elif kind == TransmitKind.SINGLE_ELEMENT:
            element_wave(x, y, z, row, np.float32(element_width_m / wavelength_m), wavelength, path[k], weight[k])
        else:
            point_wave(x, y, z, row, wavelength, path[k], weight[k])
    return path, weight
