"""Small dense linear algebra and rotations for the 1 kHz law: compiled, in place, without allocation."""

from __future__ import annotations

import math
from typing import Any

from numba import njit


@njit(cache=True, fastmath=False)
def cholesky(a: Any, factor: Any) -> bool:
    """Lower Cholesky factor of a symmetric matrix, shapes (n, n); returns False when not positive definite."""
    n = a.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = a[j, i]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                factor[i, i] = math.sqrt(total)
            else:
                factor[i, j] = total / factor[j, j]
    return True


@njit(cache=True)
def cholesky_solve(factor: Any, x: Any) -> None:
    """Solve L Lᵀ x = b in place; `x` holds b on entry, shape (n,)."""
    n = factor.shape[0]
    for i in range(n):
        total = x[i]
        for k in range(i):
            total -= factor[i, k] * x[k]
        x[i] = total / factor[i, i]
    for i in range(n - 1, -1, -1):
        total = x[i]
        for k in range(i + 1, n):
            total -= factor[k, i] * x[k]
        x[i] = total / factor[i, i]


@njit(cache=True)
def rotation_error(current: Any, wanted: Any, out: Any) -> None:
    """Rotation vector that turns `current` into `wanted`, in the axes of `current`, shape (3,) [rad].

    The logarithm of currentᵀ wanted, from its skew part; near half a turn the axis comes from the diagonal.
    """
    trace = 0.0
    for k in range(3):
        for i in range(3):
            trace += current[k, i] * wanted[k, i]
    for i in range(3):
        a, b = (i + 1) % 3, (i + 2) % 3
        total = 0.0
        for k in range(3):
            total += current[k, b] * wanted[k, a] - current[k, a] * wanted[k, b]
        out[i] = 0.5 * total
    sine = math.sqrt(out[0] ** 2 + out[1] ** 2 + out[2] ** 2)
    angle = math.atan2(sine, 0.5 * (trace - 1.0))
    if sine > 1e-6:
        for i in range(3):
            out[i] *= angle / sine
    elif trace < 0.0:
        for i in range(3):
            diagonal = 0.0
            for k in range(3):
                diagonal += current[k, i] * wanted[k, i]
            out[i] = angle * math.sqrt(max(0.0, 0.5 * (diagonal + 1.0)))


@njit(cache=True)
def turn(rotation: Any, wx: float, wy: float, wz: float) -> None:
    """Turn a rotation matrix in place by a rotation vector in its own axes [rad], keeping it orthonormal."""
    angle = math.sqrt(wx * wx + wy * wy + wz * wz)
    if angle < 1e-12:
        return
    x, y, z = wx / angle, wy / angle, wz / angle
    s, c = math.sin(angle), math.cos(angle)
    t = 1.0 - c
    for i in range(3):
        a, b, d = rotation[i, 0], rotation[i, 1], rotation[i, 2]
        rotation[i, 0] = a * (t * x * x + c) + b * (t * x * y + s * z) + d * (t * x * z - s * y)
        rotation[i, 1] = a * (t * x * y - s * z) + b * (t * y * y + c) + d * (t * y * z + s * x)
        rotation[i, 2] = a * (t * x * z + s * y) + b * (t * y * z - s * x) + d * (t * z * z + c)
    _orthonormalise(rotation)


@njit(cache=True)
def _orthonormalise(rotation: Any) -> None:
    """One Gram-Schmidt sweep over the columns z, x; y is their cross product."""
    for column, against in ((2, -1), (0, 2)):
        if against >= 0:
            dot = 0.0
            for i in range(3):
                dot += rotation[i, column] * rotation[i, against]
            for i in range(3):
                rotation[i, column] -= dot * rotation[i, against]
        norm = math.sqrt(rotation[0, column] ** 2 + rotation[1, column] ** 2 + rotation[2, column] ** 2)
        for i in range(3):
            rotation[i, column] /= norm
    for i in range(3):
        a, b = (i + 1) % 3, (i + 2) % 3
        rotation[i, 1] = rotation[a, 2] * rotation[b, 0] - rotation[b, 2] * rotation[a, 0]


@njit(cache=True)
def align(frame: Any, direction: Any, least: float) -> None:
    """Turn a frame in place so that its first column points along a vector, unless that is shorter than `least`.

    The other columns follow by the smallest turn (Gram-Schmidt), so that the frame changes no more than it must.
    """
    length = math.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    if length < least:
        return
    dot = 0.0
    for i in range(3):
        frame[i, 0] = direction[i] / length
        dot += frame[i, 0] * frame[i, 1]
    norm = 0.0
    for i in range(3):
        frame[i, 1] -= dot * frame[i, 0]
        norm += frame[i, 1] ** 2
    if norm < 0.25:  # the second column was nearly along the vector: begin with the base axis that is least so
        j = 0
        for i in range(1, 3):
            if abs(frame[i, 0]) < abs(frame[j, 0]):
                j = i
        norm = 0.0
        for i in range(3):
            frame[i, 1] = (1.0 if i == j else 0.0) - frame[j, 0] * frame[i, 0]
            norm += frame[i, 1] ** 2
    for i in range(3):
        frame[i, 1] /= math.sqrt(norm)
    for i in range(3):
        a, b = (i + 1) % 3, (i + 2) % 3
        frame[i, 2] = frame[a, 0] * frame[b, 1] - frame[b, 0] * frame[a, 1]


@njit(cache=True)
def clip(value: float, lowest: float, highest: float) -> float:
    """The value between two bounds."""
    return min(max(value, lowest), highest)
