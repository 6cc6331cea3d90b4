"""When a transmitted wave reaches a point, and whether it does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Array = NDArray[np.float64]


def transmit_delay_s(points_m: Array, event: TransmitEvent, probe: ProbeGeometry, sound_speed_m_s: float) -> Array:
    """Time at which the wavefront passes each point [s]; zero is its passage through the probe's origin.

    Plane wave: x sin a + z cos a. Diverging wave from a source s behind the face: |p - s| - |s|. Focused wave
    (virtual source s in front): |s| -+ |p - s|, minus before the focus and plus behind it. Single element at e:
    |p - e| - |e|. All divided by the speed of sound.

    Args:
        points_m: shape (..., 3) [m].
    """
    if event.kind is TransmitKind.PLANE:
        path = points_m[..., 0] * np.sin(event.angle_rad) + points_m[..., 2] * np.cos(event.angle_rad)
    elif event.kind is TransmitKind.SINGLE_ELEMENT:
        element = probe.element_positions_m[event.element]
        path = np.linalg.norm(points_m - element, axis=-1) - np.linalg.norm(element)
    else:
        source = np.asarray(event.source_m)
        away = np.linalg.norm(points_m - source, axis=-1)
        reach = np.linalg.norm(source)
        if event.kind is TransmitKind.DIVERGING:
            path = away - reach
        else:
            path = reach + np.where((points_m - source) @ source > 0, away, -away)
    delay: Array = path / sound_speed_m_s
    return delay


def transmit_reach(
    points_m: Array, event: TransmitEvent, probe: ProbeGeometry, focus_margin_m: float = 1e-3
) -> NDArray[np.bool_]:
    """Whether a point lies in the geometric shadow of the aperture: in the beam of the wave.

    The ray through the point is followed back (plane wave: along its direction; source: from the source) to the
    plane of the face; it must start between the ends of the array. Around a focus, where rays meet, the beam is
    at least `focus_margin_m` wide on either side. A single element reaches everything in front of it.

    Args:
        points_m: shape (..., 3) [m].
    """
    x, z = points_m[..., 0], points_m[..., 2]
    half = probe.element_width_m / 2
    face = probe.element_positions_m
    low, high = face[:, 0].min() - half, face[:, 0].max() + half
    if event.kind is TransmitKind.SINGLE_ELEMENT:
        return np.asarray(z > face[:, 2].min())
    if event.kind is TransmitKind.PLANE:
        start = x - z * np.tan(event.angle_rad)
        return np.asarray((start >= low) & (start <= high))
    source_x, _, source_z = event.source_m
    # The beam's edges at depth z run through the ends of the aperture and the source.
    grow = (z - source_z) / -source_z if source_z else np.ones_like(z)
    edge_a, edge_b = source_x + (low - source_x) * grow, source_x + (high - source_x) * grow
    margin = focus_margin_m if event.kind is TransmitKind.FOCUSED else 0.0
    return np.asarray((x >= np.minimum(edge_a, edge_b) - margin) & (x <= np.maximum(edge_a, edge_b) + margin))
