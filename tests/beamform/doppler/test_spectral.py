"""Spectral Doppler of flow that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from sonoreach.beamform.doppler.spectral import Spectrogram, envelope, flow_indices, spectrogram, write_sound
from sonoreach.errors import InputError

PRF, FC, C = 8000.0, 5e6, 1540.0
SETTINGS = {"repetition_frequency_hz": PRF, "center_frequency_hz": FC, "sound_speed_m_s": C}


def pulsatile(seconds: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Slow-time signal of flow between 0.15 and 0.45 m/s, and its velocity."""
    time = np.arange(int(seconds * PRF)) / PRF
    velocity = 0.3 - 0.15 * np.cos(2 * np.pi * time)
    phase = np.cumsum(4 * np.pi * FC / C * velocity / PRF)
    noise = np.random.default_rng(0).standard_normal((len(time), 2)) @ [0.01, 0.01j]
    return np.exp(1j * phase) + noise, velocity


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("angle_deg", [0.0, 60.0])
def test_peak_and_indices_within_three_percent(reverse: bool, angle_deg: float) -> None:
    signal, _ = pulsatile()
    signal = signal.conj() if reverse else signal
    angle = np.radians(angle_deg)
    trace = envelope(spectrogram(signal, **SETTINGS, angle_rad=angle), reverse=reverse)
    found = flow_indices(trace)
    sign = -1 if reverse else 1
    assert found.peak_systolic_m_s == pytest.approx(sign * 0.45 / np.cos(angle), rel=0.03)
    assert found.end_diastolic_m_s == pytest.approx(sign * 0.15 / np.cos(angle), rel=0.05)
    assert found.mean_m_s == pytest.approx(sign * 0.30 / np.cos(angle), rel=0.03)
    assert found.resistive == pytest.approx(2 / 3, abs=0.02)
    assert found.pulsatility == pytest.approx(1.0, abs=0.04)


def test_the_trace_follows_the_flow() -> None:
    signal, velocity = pulsatile()
    spectrum = spectrogram(signal, **SETTINGS)
    wanted = np.interp(spectrum.time_s, np.arange(len(velocity)) / PRF, velocity)
    assert np.sqrt(np.mean((envelope(spectrum) - wanted) ** 2)) < 0.03 * 0.45


def test_points_of_a_sample_volume_are_averaged() -> None:
    signal, _ = pulsatile(0.2)
    fading = np.stack([signal * (np.arange(len(signal)) < 800), signal * (np.arange(len(signal)) >= 800)])
    whole, alone = (spectrogram(s, **SETTINGS).power.sum(axis=0) for s in (fading, fading[0]))
    assert whole.min() > 0.2 * whole.max()
    assert alone.min() < 1e-3 * alone.max()
    one, same = (spectrogram(s, **SETTINGS).power for s in (signal, np.stack([signal, signal])))
    assert np.allclose(one, same)


def test_the_median_takes_out_a_single_column() -> None:
    spectrum = spectrogram(pulsatile(0.5)[0], **SETTINGS)
    assert envelope(spectrum).max() < 0.5
    power = spectrum.power.copy()
    power[:, 20] = np.eye(len(power))[-20]  # one column whose power lies far above the flow
    spoilt = Spectrogram(spectrum.time_s, spectrum.velocity_m_s, power)
    assert envelope(spoilt).max() > 0.5
    assert np.abs(envelope(spoilt, smooth=5) - envelope(spectrum, smooth=5)).max() < 0.02
    with pytest.raises(InputError, match="smooth must be odd"):
        envelope(spectrum, smooth=2)


def test_sound_is_stereo(tmp_path: Path) -> None:
    signal, _ = pulsatile(0.5)
    write_sound(tmp_path / "a.wav", signal, PRF)
    rate, audio = wavfile.read(tmp_path / "a.wav")
    assert (rate, audio.shape[1]) == (44100, 2)
    assert len(audio) == pytest.approx(0.5 * rate, abs=10)
    left, right = np.abs(audio.astype(float)).mean(axis=0)
    assert left > 20 * right


def test_bad_input_is_refused(tmp_path: Path) -> None:
    signal, _ = pulsatile(0.1)
    for change, sentence in (
        ({"window": 4000}, "at least 4000 transmits"),
        ({"step": 0}, "step must be a whole number and lie in 1 to 128, got 0"),
        ({"step": 1.5}, "step must be a whole number"),
        ({"window": 64.0}, "window must be a whole number and be at least 8, got 64.0"),
        ({"angle_rad": np.nan}, "within 80°"),
        ({"repetition_frequency_hz": np.nan}, "repetition_frequency_hz must be finite and above 0, got nan"),
        ({"sound_speed_m_s": np.inf}, "sound_speed_m_s must be finite"),
        ({"angle_rad": 1.5}, "within 80°"),
        ({"sound_speed_m_s": 0.0}, "above 0"),
    ):
        with pytest.raises(InputError, match=sentence):
            spectrogram(signal, **{**SETTINGS, **change})
    with pytest.raises(InputError, match="finite"):
        spectrogram(np.full(200, np.nan + 0j), **SETTINGS)
    with pytest.raises(InputError, match="no flow"):
        flow_indices(np.zeros(5))
    for trace in ([], [0.1, np.nan], [0.1, np.inf], [[0.1, 0.2]]):
        with pytest.raises(InputError, match="one or more finite numbers in a line"):
            flow_indices(np.array(trace))
    for sound in ([], np.ones((4, 2)), [1.0, np.nan]):
        with pytest.raises(InputError, match="one or more finite samples in a line"):
            write_sound(tmp_path / "a.wav", np.asarray(sound, complex), PRF)
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_sound(tmp_path / "missing" / "a.wav", signal, PRF)
    with pytest.raises(InputError, match="silent"):
        write_sound(tmp_path / "a.wav", np.zeros(100, complex), PRF)
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize(
    ("velocity", "power", "sentence"),
    [
        ([-0.1, 0.0, 0.1], np.full((3, 4), np.nan), "must be finite"),
        ([-0.1, 0.0, 0.1, 0.2], np.ones((3, 4)), "a row a velocity"),
        ([-0.1, 0.0, 0.1], np.ones((3, 5)), "a column a time"),
        ([-0.3, -0.2, -0.1], np.ones((3, 4)), "two rows or more in the direction of the flow, got 0"),
    ],
)
def test_what_is_no_spectrogram(velocity: list[float], power: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        envelope(Spectrogram(np.arange(4.0), np.array(velocity), power))
