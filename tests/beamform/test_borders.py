"""No kernel reads or writes outside its arrays: the memory around them is poisoned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sonoreach.beamform.adaptive.capon import capon
from sonoreach.beamform.adaptive.generalised_coherence import generalised_coherence
from sonoreach.beamform.adaptive.multiply_and_sum import delay_multiply_and_sum
from sonoreach.beamform.adaptive.short_lag import short_lag_coherence
from sonoreach.beamform.adaptive.sign_coherence import sign_coherence
from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.compounding import SpatialCompounder
from sonoreach.beamform.compression import power_db, to_grey
from sonoreach.beamform.das import DelayAndSum
from sonoreach.beamform.doppler.colour import colour_doppler
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.ensemble_records import interleave, interleave_iq, padded_stride
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.plan import Plan
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

from .reference import random_frame

# From the first echo to the last: the far elements' echoes lie before and beyond the record.
GRID = Grid.cartesian(np.linspace(-8e-3, 8e-3, 17), np.linspace(2e-4, 26.2e-3, 61))
TRANSMITS = tuple(TransmitEvent(TransmitKind.PLANE, a) for a in (0.0, 0.1))
GUARD = 8192
METHODS: dict[str, Callable[[ChannelData], Any]] = {
    "boxcar": lambda d: DelayAndSum(GRID, ReceiveAperture(0.5))(d),
    "tukey, beams": lambda d: DelayAndSum(GRID, ReceiveAperture(0.5, Window.TUKEY), follow_beams=True)(d),
    "hann, coherence": lambda d: DelayAndSum(GRID, ReceiveAperture(0.5, Window.HANN), coherence_factor=True)(d),
    "b-mode": lambda d: BModeBeamformer(GRID, ReceiveAperture(0.5), top_db=60.0)(d).pixels.astype(np.float32),
    "compounding": lambda d: SpatialCompounder(GRID, ReceiveAperture(0.5))(d),
    "generalised": lambda d: generalised_coherence(d, GRID, f_number=0.5),
    "sign": lambda d: sign_coherence(d, GRID, f_number=0.5),
    "slsc": lambda d: short_lag_coherence(d, GRID, f_number=0.5),
    "dmas": lambda d: delay_multiply_and_sum(d, GRID, f_number=0.5),
    "capon": lambda d: capon(d, GRID, f_number=0.5),
}


def guarded(shape: tuple[int, ...], dtype: Any, poison: Any) -> tuple[np.ndarray, np.ndarray]:
    """A contiguous array of zeros inside a larger one full of poison; both."""
    size = int(np.prod(shape))
    whole = np.full(size + 2 * GUARD, poison, dtype)
    inside = whole[GUARD : GUARD + size].reshape(shape)
    inside[:] = 0
    return inside, whole


@pytest.mark.parametrize("name", METHODS)
def test_no_beamformer_reads_outside_its_records(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_plan, wholes = DelayAndSum._make_plan, []

    def poisoned(self: DelayAndSum, data: ChannelData, speed: float) -> Plan:
        plan = make_plan(self, data, speed)
        inside, whole = guarded(plan.analytic.shape, np.complex64, np.nan + 1j * np.nan)
        wholes.append(whole)
        object.__setattr__(plan, "analytic", inside)
        return plan

    data = random_frame(transmits=TRANSMITS)
    clean = METHODS[name](data)
    monkeypatch.setattr(DelayAndSum, "_make_plan", poisoned)
    image = METHODS[name](data)
    assert np.isfinite(image).all()
    assert np.array_equal(image, clean)
    assert wholes
    for whole in wholes:
        assert np.isnan(whole[:GUARD]).all()
        assert np.isnan(whole[-GUARD:]).all()


@pytest.mark.parametrize("n_frames", [3, 17])
def test_the_ensemble_kernel_reads_inside_its_frames(n_frames: int) -> None:
    frames = [random_frame(seed, TRANSMITS) for seed in range(n_frames)]
    ensemble = EnsembleDelayAndSum(GRID, 0.5, device="cpu")
    clean = ensemble(frames)
    loud = np.array([0x7FFF7FFF], np.int32).view(np.float32)[0]
    ensemble._frames, whole = guarded(ensemble._frames.shape, np.float32, loud)
    assert np.array_equal(ensemble(frames), clean)
    for end in (whole[:GUARD], whole[-GUARD:]):
        assert (end.view(np.int32) == 0x7FFF7FFF).all()


@pytest.mark.parametrize("n_elements", [1, 3, 4])
def test_records_are_lined_up_inside_their_arrays(n_elements: int) -> None:
    rng, n_samples, width = np.random.default_rng(1), 37, 16
    turn = np.exp(1j * rng.uniform(-3, 3, n_samples)).astype(np.complex64)
    samples = rng.integers(-32768, 32767, (width, n_elements, n_samples, 2)).astype(np.int16)
    wanted = samples @ [1, 1j] * turn
    stride = padded_stride(n_samples + 5)
    pairs, before = guarded((width, 4, stride), np.float32, np.nan)
    pairs[:] = 0
    pairs[:, :n_elements, 3 : 3 + n_samples] = samples.view(np.float32)[..., 0]
    analytic, behind = guarded((n_elements, width, n_samples), np.complex64, np.nan + 1j * np.nan)
    analytic[:] = wanted.transpose(1, 0, 2)
    for pad, line_up in (
        (3, lambda out, unit: interleave_iq(out, unit, pairs, turn, 3)),
        (0, lambda out, unit: interleave(out, unit, analytic.view(np.float32))),
    ):
        out, around = guarded((n_elements, stride, width), np.float32, 1.5)
        out[:] = 0
        unit, units = guarded((1,), np.float32, 2.5)
        line_up(out, unit)
        found = out.view(np.int16).reshape(n_elements, stride, width, 2) @ [1, 1j] * unit[0]
        assert np.abs(found[:, pad : pad + n_samples].transpose(2, 0, 1) - wanted).max() < 1.5
        assert not found[:, :pad].any() and not found[:, pad + n_samples :].any()
        for guard, poison in ((around, 1.5), (units, 2.5)):
            assert (guard[:GUARD] == poison).all() and (guard[-GUARD:] == poison).all()
    for guard in (before, behind):
        assert np.isnan(guard[:GUARD]).all() and np.isnan(guard[-GUARD:]).all()


@pytest.mark.parametrize("shape", [(1, 1), (17, 33), (16, 64)])
def test_compression_writes_inside_its_pixels(shape: tuple[int, int]) -> None:
    image, _ = guarded(shape, np.complex64, np.nan + 1j * np.nan)
    gain, _ = guarded(shape, np.float32, np.nan)
    image[:] = 3 + 4j
    level, levels = guarded(shape[::-1], np.float32, -12345.0)
    pixels, whole = guarded(shape[::-1], np.uint8, 77)
    power_db(level, image, gain)
    assert np.allclose(level, 20 * np.log10(5), atol=1e-3)
    to_grey(pixels, level, np.float32(20.0), np.float32(60.0))
    assert (pixels == round(255 - (20 - 13.9794) * 255 / 60)).all()
    for guard, poison in ((levels, -12345.0), (whole, 77)):
        assert (guard[:GUARD] == poison).all()
        assert (guard[-GUARD:] == poison).all()


def test_colour_doppler_reads_inside_its_ensemble() -> None:
    ensemble, _ = guarded((5, 7, 9), np.complex64, np.nan + 1j * np.nan)
    ensemble[:] = np.exp(0.3j * np.arange(9))
    settings = {"repetition_frequency_hz": 1e3, "center_frequency_hz": 5e6, "sound_speed_m_s": 1540.0}
    flow = colour_doppler(ensemble, **settings, smooth=(3, 3))
    assert np.ptp(flow.velocity_m_s) < 1e-6
    assert np.isfinite(flow.power_db).all()
