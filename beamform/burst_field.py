"""Pressure of a burst in front of an array: the Rayleigh integral over its elements, with their delays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.probes import element_normals
from sonoreach.beamform.transmit import transmit_delay_s
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Array = NDArray[np.float64]

NEAREST_WAVELENGTHS = 2.0
"""Distance from the face at which the axis begins: nearer, sources half a wavelength apart are no longer a piston."""

FACE_ELEMENTS = 33
"""Largest number of elements before which the near field is searched."""

_BINS = 16  # of the envelope a cycle
_TILTS_RAD = np.radians([-40.0, -20.0, 0.0, 20.0, 40.0])  # of the lines that are searched before an element
_FACE_DEPTHS = NEAREST_WAVELENGTHS * np.geomspace(1, 4, 6)  # on each of them, in wavelengths


@dataclass(frozen=True, eq=False)
class BurstField:
    """One transmit of an array that sends a rectangular burst into a medium without loss.

    Attributes:
        event: wavefront.
        probe: the array; its elements are flat pistons in a rigid baffle behind an elevation lens.
        frequency_hz: frequency [Hz].
        cycles: length of the burst [cycles].
        aperture_m: elements farther than half of it from the beam's foot are silent [m].
        sound_speed_m_s: of the medium [m/s].
    """

    event: TransmitEvent
    probe: ProbeGeometry
    frequency_hz: float
    cycles: float
    aperture_m: float = math.inf
    sound_speed_m_s: float = 1540.0

    @property
    def wavelength_m(self) -> float:
        """Wavelength [m]."""
        return self.sound_speed_m_s / self.frequency_hz

    def active(self) -> NDArray[np.intp]:
        """Indices of the elements that sound.

        The foot is the origin for a plane wave, else the element nearest to the source.

        Raises:
            InputError: the aperture holds no element.
        """
        positions = self.probe.element_positions_m
        if self.event.kind is TransmitKind.SINGLE_ELEMENT:
            return np.array([self.event.element])
        foot = np.zeros(3)
        if self.event.kind is not TransmitKind.PLANE:
            foot = positions[np.argmin(np.linalg.norm(positions - self.event.source_m, axis=1))]
        active = np.flatnonzero(np.linalg.norm(positions - foot, axis=1) <= self.aperture_m / 2)
        if not active.size:
            raise InputError(f"aperture_m must hold at least one element, got {self.aperture_m:g} m.")
        return active

    def axis_points_m(self, distances_m: Array) -> Array:
        """Points of the beam's axis at these distances from the middle of the active elements, shape (n, 3) [m]."""
        active = self.active()
        positions = self.probe.element_positions_m[active]
        foot = positions.mean(axis=0)
        foot[2] = positions[np.argmin(np.linalg.norm(positions - foot, axis=1)), 2]  # an arc bulges towards the body
        source = np.asarray(self.event.source_m)
        if self.event.kind is TransmitKind.PLANE:
            direction = np.array([math.sin(self.event.angle_rad), 0.0, math.cos(self.event.angle_rad)])
        elif self.event.kind is TransmitKind.SINGLE_ELEMENT:
            direction = element_normals(self.probe)[active[0]]
        else:
            direction = source - foot if self.event.kind is TransmitKind.FOCUSED else foot - source
        points: Array = foot + distances_m[:, None] * direction / np.linalg.norm(direction)
        return points

    def face_points_m(self) -> Array:
        """Points close before every few elements, the outermost among them, and to their sides, shape (n, 3) [m].

        Waves that spread or are steered are loudest there: at the ends the delays differ most between neighbours, and
        the sound of few elements arrives together.
        """
        active = self.active()
        positions, normals = self.probe.element_positions_m[active], element_normals(self.probe)[active]
        chosen = [int(np.argmax(positions[:, 0]))]
        away = np.linalg.norm(positions - positions[chosen[0]], axis=1)
        for _ in range(min(FACE_ELEMENTS - 1, len(active) // 4)):  # always the one farthest from those chosen
            chosen.append(int(np.argmax(away)))
            away = np.minimum(away, np.linalg.norm(positions - positions[chosen[-1]], axis=1))
        normal = normals[chosen, None, None]
        along = np.stack([normal[..., 2], normal[..., 1], -normal[..., 0]], axis=-1)
        direction = np.cos(_TILTS_RAD)[:, None, None] * normal + np.sin(_TILTS_RAD)[:, None, None] * along
        reach = self.wavelength_m * _FACE_DEPTHS[:, None]
        points: Array = (positions[chosen, None, None] + reach * direction).reshape(-1, 3)
        nearest = self.depth_m(points) >= 0.999 * NEAREST_WAVELENGTHS * self.wavelength_m
        return points[nearest]

    def depth_m(self, points_m: Array) -> Array:
        """Distance of each point, shape (n, 3), from the nearest active element, shape (n,) [m]."""
        positions = self.probe.element_positions_m[self.active()]
        return np.array([np.linalg.norm(positions - point, axis=1).min() for point in points_m])

    def at(self, points_m: Array) -> tuple[Array, Array]:
        """Burst at the points, in pressures at the elements' faces (ρ c times the piston's velocity).

        p(t) / p0 = |Σ dS exp(-i k d) w(t - d / c) / r| / λ with d = r + c τ, the delay τ of beamformer and lens and
        the burst's window w (Rayleigh's integral: Kinsler et al., "Fundamentals of Acoustics", 4th ed., 7.4, for an
        envelope slow against the carrier). Where all waves arrive together at the distance F this is area / (λ F).

        Args:
            points_m: in front of the face, shape (n, 3) [m].

        Returns:
            Largest amplitude p / p0, shape (n,), and the integral of its square over time, shape (n,) [s].
        """
        sources, path = self._sources()
        area = self.probe.element_width_m * self.probe.elevation_height_m * self.active().size / len(path)
        window = max(1, round(self.cycles * _BINS))
        peak, energy_s = np.empty(len(points_m)), np.empty(len(points_m))
        x, y, z = np.ascontiguousarray(sources.T)
        for i, (px, py, pz) in enumerate(points_m):
            range_m = np.sqrt((x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2)
            turns = (range_m + path) / self.wavelength_m
            bins = ((turns - turns.min()) * _BINS + 0.5).astype(np.intp)
            phase = 2 * math.pi * turns
            started = np.cumsum(
                np.bincount(bins, np.cos(phase) / range_m) - 1j * np.bincount(bins, np.sin(phase) / range_m)
            )
            started = np.append(started, np.full(window, started[-1]))
            sounding = np.abs(started - np.append(np.zeros(window), started[:-window])) * area / self.wavelength_m
            peak[i], energy_s[i] = sounding.max(), (sounding**2).sum() / (_BINS * self.frequency_hz)
        return peak, energy_s

    def _sources(self) -> tuple[Array, Array]:
        """Elements cut at half wavelengths: centres, shape (n, 3), and their delays times c, shape (n,) [m]."""
        probe, active = self.probe, self.active()
        positions = probe.element_positions_m[active]
        normals = element_normals(probe)[active]
        along = np.column_stack([normals[:, 2], normals[:, 1], -normals[:, 0]])
        u, v = self._cuts(probe.element_width_m), self._cuts(probe.elevation_height_m)
        sources = positions[:, None, None, :] + u[:, None, None] * along[:, None, None, :]
        sources = sources + v[:, None] * np.array([0.0, 1.0, 0.0])
        focus = probe.elevation_focus_m
        lens = np.sqrt(focus**2 + v**2) - focus if math.isfinite(focus) else np.zeros_like(v)
        path = transmit_delay_s(positions, self.event, probe, self.sound_speed_m_s) * self.sound_speed_m_s
        return sources.reshape(-1, 3), np.broadcast_to(path[:, None, None] - lens, sources.shape[:3]).ravel()

    def _cuts(self, length_m: float) -> Array:
        """Centres of equal parts of at most half a wavelength."""
        n = max(1, math.ceil(2 * length_m / self.wavelength_m))
        return (np.arange(n) - (n - 1) / 2) * length_m / n
