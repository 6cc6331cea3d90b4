"""Products of pairs of int16: exact, up to the largest, with the instructions of any processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit

from sonoreach.beamform.simd import load16, store
from sonoreach.beamform.simd_pairs import add_dot, load_pairs, no_sums, scale_add_sums


@njit
def weighted(out: Any, pairs: Any, weights: Any) -> None:
    """out += first * lower half of a weight + second * upper half, over rows of sixteen pairs."""
    sums = no_sums()
    for k in range(weights.size):
        sums = add_dot(load_pairs(pairs, 32 * k), weights[k], sums)
    store(out, 0, scale_add_sums(sums, np.float32(0.5), load16(out, 0)))


def check() -> None:
    """Random numbers and the extremes that records and weights reach."""
    rng = np.random.default_rng(3)
    for low, high in ((-32767, 32768), (-32767, -32766), (32767, 32768)):
        pairs = rng.integers(low, high, (4, 16, 2)).astype(np.int16)
        weights = rng.integers(-4096, 4096, (4, 2)).astype(np.int16)
        out = np.arange(16, dtype=np.float32)
        weighted(out, pairs.ravel(), weights.view(np.int32).ravel())
        wanted = np.einsum("kfc,kc->f", pairs.astype(np.int64), weights.astype(np.int64))
        assert np.array_equal(out, np.float32(0.5 * wanted.astype(np.float32) + np.arange(16)))


def test_on_this_processor() -> None:
    check()


@pytest.mark.parametrize("name, features", [("haswell", "+avx,+avx2,+fma"), ("generic", "")])
def test_on_others(name: str, features: str, tmp_path: Path) -> None:
    if name == "haswell" and "avx2" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this processor has no AVX2")
    settings = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_simd_pairs as t; t.check()"
    subprocess.run([sys.executable, "-c", script], env=os.environ | settings, check=True, timeout=120)
