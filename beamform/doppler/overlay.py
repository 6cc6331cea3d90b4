"""Colour Doppler over the grey image, as screens show it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.doppler.colour import FlowMap
from sonoreach.types.image import BModeImage


def flow_colours(velocity_m_s: NDArray[np.floating], limit_m_s: float) -> NDArray[np.uint8]:
    """Red to yellow towards the probe, blue to cyan away from it, black at rest; shape (..., 3)."""
    strength = np.clip(np.abs(velocity_m_s) / limit_m_s, 0, 1)
    main = np.clip(2 * strength, 0, 1)
    second = np.clip(2 * strength - 1, 0, 1)
    towards = velocity_m_s >= 0
    red = np.where(towards, main, 0)
    blue = np.where(towards, 0, main)
    return np.asarray(np.stack([red, second, blue], axis=-1) * 255 + 0.5).astype(np.uint8)


def flow_overlay(image: BModeImage, flow: FlowMap, *, range_db: float = 20.0) -> NDArray[np.uint8]:
    """RGB picture: velocity where the moving echoes are at most `range_db` below the strongest, grey elsewhere.

    Args:
        image: grey image on the grid of `flow`.
        flow: maps of shape (n_lines, n_samples), as the beamformer gives them.
        range_db: threshold of the power [dB].

    Returns:
        uint8, shape (n_depth, n_lateral, 3).
    """
    power = flow.power_db.T
    moves = power >= power.max() - range_db
    rgb = np.repeat(image.pixels[..., None], 3, axis=2)
    rgb[moves] = flow_colours(flow.velocity_m_s.T[moves], flow.nyquist_m_s)
    return rgb
