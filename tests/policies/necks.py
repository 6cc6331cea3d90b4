"""A neck for tests: a leaning cylinder of known shape, seen by a noisy depth camera."""

from __future__ import annotations

import numpy as np

from sonoreach.types.registration import PatientRegistration

SUPERIOR, LEFT, ANTERIOR = np.array([-1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
RADIUS_M = 0.060
NOTCH_M = np.array([0.55, 0.0, 0.15])


def surface(superior_m: np.ndarray, left_m: np.ndarray) -> np.ndarray:
    """Points of the neck in base, shape (n, 3) [m]."""
    height = np.sqrt(RADIUS_M**2 - left_m**2) - RADIUS_M + 0.1 * superior_m
    return NOTCH_M + np.outer(superior_m, SUPERIOR) + np.outer(left_m, LEFT) + np.outer(height, ANTERIOR)


def registration(seed: int = 0, noise_m: float = 0.001) -> PatientRegistration:
    """What a depth camera gives of it."""
    rng = np.random.default_rng(seed)
    points = surface(rng.uniform(-0.02, 0.13, 2000), rng.uniform(-0.045, 0.045, 2000))
    landmarks = {"sternal_notch": NOTCH_M, "chin": surface(np.array([0.12]), np.array([0.0]))[0]}
    return PatientRegistration(points + rng.normal(0.0, noise_m, points.shape), landmarks, 0.003, SUPERIOR, LEFT)
