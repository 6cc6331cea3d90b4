"""The jobs of `sonoreach bench beamform`: grids and channel data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.probes import l38_probe
from sonoreach.beamform.recording.open import open_recording
from sonoreach.types.channel_data import ChannelData, TransmitEvent, TransmitKind

N_SAMPLES = 2000
ENSEMBLE = 32


def standard_grid() -> Grid:
    """256 x 512 pixels over the width of the array, two columns a pitch, 5 to 50 mm deep."""
    pitch = float(np.diff(l38_probe().element_positions_m[:2, 0])[0])
    return Grid.cartesian((np.arange(256) - 127.5) * (pitch / 2), np.linspace(5e-3, 50e-3, 512))


def other_grid() -> Grid:
    """As many pixels from the first element to the last, so that no two columns lie alike to the elements."""
    x = l38_probe().element_positions_m[:, 0]
    return Grid.cartesian(np.linspace(x[0], x[-1], 256), np.linspace(5e-3, 50e-3, 512))


def standard_frame(n_transmits: int, *, rf: bool = False, seed: int = 0) -> ChannelData:
    """Noise as channel data: the work does not depend on the values."""
    probe = l38_probe()
    shape = (n_transmits, probe.n_elements, N_SAMPLES) + (() if rf else (2,))
    samples = np.random.default_rng(seed).integers(-2000, 2000, shape).astype(np.int16)
    angles = np.linspace(-0.2, 0.2, n_transmits) if n_transmits > 1 else np.zeros(1)
    transmits = tuple(TransmitEvent(TransmitKind.PLANE, float(a)) for a in angles)
    fc = probe.center_frequency_hz
    return ChannelData(samples, 4 * fc, 0.0 if rf else fc, 0.0, 1540.0, probe, transmits)


def standard_ensemble() -> list[ChannelData]:
    """Frames of one plane wave for the Doppler ensemble."""
    return [standard_frame(1, seed=k) for k in range(ENSEMBLE)]


def disk_job(path: Path) -> tuple[list[ChannelData], Grid]:
    """The rotating disk: 32 frames of RF, and 251 x 251 pixels (for f/1)."""
    recording = open_recording(path)
    frames = [recording.frame(k) for k in range(recording.n_frames)]
    return frames, Grid.cartesian(np.linspace(-12.5e-3, 12.5e-3, 251), np.linspace(10e-3, 35e-3, 251))


def find_disk(path: Path | None) -> Path | None:
    """The file given, or the one beside the project."""
    beside = Path(__file__).resolve().parents[3].parent / "shared/data/channel/PWI_disk.mat"
    wanted = path or beside
    return wanted if path is not None or wanted.is_file() else None
