"""The graphics card gives the processor's image; where there is none, its arithmetic runs in numba's simulator."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.device import Device, choose_device, why_no_cuda
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError
from sonoreach.types.channel_data import TransmitEvent, TransmitKind

from .reference import linear_probe, random_frame

CASES = {
    "one wave, boxcar": (1, ReceiveAperture(1.5), {}),
    "three waves, Hann, beams": (3, ReceiveAperture(1.2, Window.HANN), {"follow_beams": True}),
    "three waves, Tukey, coherence": (3, ReceiveAperture(1.0, Window.TUKEY), {"coherence_factor": True}),
}


def difference(name: str, n_elements: int, grid: Grid) -> float:
    """Largest difference between card and processor over the brightest point."""
    n_waves, aperture, options = CASES[name]
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in np.linspace(0.1, -0.1, n_waves))
    data = random_frame(transmits=transmits, probe=linear_probe(n_elements))
    wanted = DelayAndSum(grid, aperture, device="cpu", **options)(data)
    found = DelayAndSum(grid, aperture, device="cuda", **options)(data)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def ensemble_difference(*, rf: bool, n_frames: int, n_elements: int, grid: Grid) -> float:
    """The same for an ensemble of two transmits, RF or IQ."""
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (0.1, -0.1))
    frames = [random_frame(k, transmits, linear_probe(n_elements)) for k in range(n_frames)]
    if rf:
        frames = [
            dataclasses.replace(f, samples=np.ascontiguousarray(f.samples[..., 0]), demodulation_frequency_hz=0.0)
            for f in frames
        ]
    wanted = EnsembleDelayAndSum(grid, 1.5, device="cpu")(frames)
    found = EnsembleDelayAndSum(grid, 1.5, device="cuda")(frames)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def simulate() -> None:
    """Compare on a tiny grid; called in a process with numba's simulator switched on."""
    grid = Grid.cartesian(np.linspace(-2e-3, 2e-3, 5), np.linspace(4e-3, 16e-3, 40))
    for name in CASES:
        print(name, difference(name, 12, grid))
    few = Grid.cartesian(grid.x_m[:2], grid.z_m[::8])
    for rf in (False, True):
        print("ensemble, RF", rf, ensemble_difference(rf=rf, n_frames=2, n_elements=2, grid=few))


@pytest.mark.skipif(importlib.util.find_spec("numba_cuda") is None, reason="no numba-cuda (extra gpu)")
def test_the_kernel_in_the_simulator() -> None:
    root = Path(__file__).parents[2]
    code = "from tests.beamform.test_device import simulate; simulate()"
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(root)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr[-2000:]
    lines = run.stdout.strip().splitlines()
    assert len(lines) == len(CASES) + 2
    for line in lines:
        assert 0 <= float(line.split()[-1]) < 1e-3, line


@pytest.mark.skipif(bool(why_no_cuda()), reason=why_no_cuda() or "a card")
@pytest.mark.parametrize("name", CASES)
def test_the_card_gives_the_image_of_the_processor(name: str) -> None:
    grid = Grid.cartesian(np.linspace(-8e-3, 8e-3, 128), np.linspace(3e-3, 20e-3, 300))
    assert difference(name, 64, grid) < 1e-3


@pytest.mark.skipif(bool(why_no_cuda()), reason=why_no_cuda() or "a card")
@pytest.mark.parametrize("rf", [False, True])
@pytest.mark.parametrize("n_frames", [1, 45])
def test_the_card_gives_the_ensemble_of_the_processor(rf: bool, n_frames: int) -> None:
    grid = Grid.cartesian(np.linspace(-8e-3, 8e-3, 64), np.linspace(3e-3, 20e-3, 150))
    assert ensemble_difference(rf=rf, n_frames=n_frames, n_elements=64, grid=grid) < 1e-3


@pytest.mark.skipif(not why_no_cuda(), reason="a card can be used here")
def test_without_a_card() -> None:
    assert choose_device("auto") is Device.CPU
    grid = Grid.cartesian(np.linspace(-2e-3, 2e-3, 5), np.linspace(4e-3, 16e-3, 40))
    assert DelayAndSum(grid).device is Device.CPU
    assert EnsembleDelayAndSum(grid).device is Device.CPU
    for beamformer in (DelayAndSum, BModeBeamformer, EnsembleDelayAndSum):
        with pytest.raises(InputError, match="device cuda cannot be used"):
            beamformer(grid, device="cuda")


def test_an_unknown_device_is_refused() -> None:
    assert choose_device("cpu") is Device.CPU
    with pytest.raises(InputError, match="device must be one of auto, cpu, cuda, got 'tpu'"):
        choose_device("tpu")
