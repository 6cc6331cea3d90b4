"""The simulated scanner: scatterers of a patient or phantom in, channel data out."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.front_end import FrontEnd
from sonoreach.beamform.probes import l50_probe
from sonoreach.errors import InputError
from sonoreach.simulation.acoustics.attenuation import Attenuation
from sonoreach.simulation.acoustics.recording import Recording
from sonoreach.simulation.acoustics.simulator import ChannelDataSimulator
from sonoreach.simulation.acoustics.transmit import check_transmits, transmit_table, wavefronts
from sonoreach.types.channel_data import ChannelData, ProbeGeometry, TransmitEvent, TransmitKind
from sonoreach.types.pose import Pose

LOGGER = logging.getLogger(__name__)


class ScatteringBody(Protocol):
    """What the front end needs of a patient or phantom."""

    def scatterers(self, base_probe: Pose, time_s: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scatterers that the probe can hear.

        Args:
            base_probe: pose of the probe in the arm's base.
            time_s: time [s].

        Returns:
            positions in the probe frame, shape (n, 3) [m]; amplitudes, shape (n,), with all losses on the way.
        """


def plane_waves(*angles_deg: float) -> tuple[TransmitEvent, ...]:
    """One plane wave for each steering angle [degrees], positive towards +x."""
    return tuple(TransmitEvent(TransmitKind.PLANE, math.radians(angle)) for angle in angles_deg)


def recording_for_depth(
    probe: ProbeGeometry,
    transmits: Sequence[TransmitEvent],
    depth_m: float,
    *,
    sampling_frequency_hz: float,
    demodulation_frequency_hz: float,
    sound_speed_m_s: float = 1540.0,
) -> Recording:
    """The shortest record with every echo from the face to a depth, heard at receive f-numbers of 1 and more.

    Raises:
        InputError: a depth outside 0.1 mm to 0.5 m, or transmits that the array cannot send.
    """
    if not 1e-4 <= depth_m <= 0.5:
        raise InputError(f"depth_m: got {depth_m!r}, allowed are 0.0001 to 0.5")
    check_transmits(transmits, probe)
    x_m, _, face_m = np.asarray(probe.element_positions_m, dtype=np.float32).T
    x = np.concatenate([x_m, x_m, x_m])
    z = np.concatenate([face_m, np.zeros_like(x_m), np.full_like(x_m, depth_m)])
    wavelength_m = sound_speed_m_s / probe.center_frequency_hz
    path, _ = wavefronts(
        (x, np.zeros_like(x), z), transmit_table(transmits, probe), wavelength_m, probe.element_width_m
    )
    pulse_s = 1.5 / (probe.fractional_bandwidth * probe.center_frequency_hz)
    first = math.floor((min(0.0, float(path.min())) / sound_speed_m_s - pulse_s) * sampling_frequency_hz)
    longest_m = float(path.max()) + depth_m * math.sqrt(1.25)
    last = math.ceil((longest_m / sound_speed_m_s + pulse_s) * sampling_frequency_hz)
    return Recording(
        sampling_frequency_hz,
        demodulation_frequency_hz,
        last - first + 1,
        first / sampling_frequency_hz,
        sound_speed_m_s,
    )


class SimulatedFrontEnd(FrontEnd):
    """A scanner that images a simulated body; frames depend only on the body, the pose, the time and the seed.

    Attributes:
        clipped_samples: samples held at full scale so far; the first time is also logged as a warning.
    """

    def __init__(
        self,
        patient: ScatteringBody,
        *,
        probe: ProbeGeometry | None = None,
        angles_deg: Sequence[float] = (-8.0, 0.0, 8.0),
        transmits: Sequence[TransmitEvent] | None = None,
        sampling_frequency_hz: float = 15e6,
        demodulation_frequency_hz: float = 7.5e6,
        depth_m: float = 0.0425,
        frame_rate_hz: float = 15.0,
        sound_speed_m_s: float = 1540.0,
        attenuation: Attenuation | None = None,
        diffraction: bool = False,
        counts: float = 200.0,
        noise_counts: float = 1.0,
        seed: int = 0,
        source: str = "",
        threads: int | None = None,
    ) -> None:
        """Connect a probe to a body.

        Args:
            patient: the body.
            probe: the array, by default `l50_probe`.
            angles_deg: steering of the plane waves [degrees].
            transmits: other transmits instead of the plane waves.
            sampling_frequency_hz, demodulation_frequency_hz: of the record; demodulation 0 gives RF [Hz].
            depth_m: depth from which echoes are recorded [m].
            frame_rate_hz: frames a second when running freely [Hz].
            sound_speed_m_s: speed of sound in the body [m/s].
            attenuation: loss besides what the amplitudes hold; by default none.
            diffraction: sum over the transmitting elements; about ten times slower than ideal wavefronts.
            counts: counts of an envelope of 1, see `ChannelDataSimulator.echoes`.
            noise_counts: standard deviation of the receiver noise [counts].
            seed: seed of the receiver noise.
            source: what `ChannelData.source` says; by default the patient's seed.
            threads: threads to use, by default one for each usable core.

        Raises:
            InputError: a number outside its range, or transmits that the array cannot send.
        """
        for name, value, low, high in (
            ("frame_rate_hz", frame_rate_hz, 0.1, 20e3),
            ("counts", counts, 1e-3, 32767),
            ("noise_counts", noise_counts, 0, 32767),
            ("seed", seed, 0, 2**63),
        ):
            if not low <= value <= high:
                raise InputError(f"{name}: got {value!r}, allowed are {low:g} to {high:g}")
        self._patient = patient
        self._probe = probe or l50_probe()
        self._frame_rate_hz = frame_rate_hz
        self._counts, self._noise_counts, self._seed = counts, noise_counts, seed
        self._source = source or _describe(patient)
        transmits = plane_waves(*angles_deg) if transmits is None else tuple(transmits)
        recording = recording_for_depth(
            self._probe,
            transmits,
            depth_m,
            sampling_frequency_hz=sampling_frequency_hz,
            demodulation_frequency_hz=demodulation_frequency_hz,
            sound_speed_m_s=sound_speed_m_s,
        )
        self._simulator = ChannelDataSimulator(
            self._probe, transmits, recording, attenuation=attenuation, diffraction=diffraction, threads=threads
        )
        self.clipped_samples = 0

    @property
    def probe(self) -> ProbeGeometry:
        """The simulated array."""
        return self._probe

    @property
    def frame_rate_hz(self) -> float:
        """Frames a second when running freely [Hz]."""
        return self._frame_rate_hz

    @property
    def recording(self) -> Recording:
        """What is recorded after each transmit."""
        return self._simulator.recording

    def acquire(self, stamp_s: float, frame_id: int, base_probe: Pose) -> ChannelData | None:
        """Simulate one frame; all its transmits see the body as it is at the stamp.

        Args:
            stamp_s: time of the first transmit [s].
            frame_id: number of the frame, at least 0; the noise is a function of the seed and this number.
            base_probe: pose of the probe at the stamp.

        Returns:
            The frame, or None when frozen.

        Raises:
            InputError: a stamp or pose that is not finite, or a negative frame number.
        """
        if self.frozen:
            return None
        if not (math.isfinite(stamp_s) and base_probe.is_finite()):
            raise InputError("acquire: got a stamp or pose that is not finite, allowed are finite numbers")
        if frame_id < 0:
            raise InputError(f"frame_id: got {frame_id}, allowed is 0 and more")
        positions_m, amplitudes = self._patient.scatterers(base_probe, stamp_s)
        samples, clipped = self._simulator.samples(
            positions_m,
            amplitudes,
            counts=self._counts,
            noise_counts=self._noise_counts,
            seed=(self._seed, frame_id),
        )
        if clipped and not self.clipped_samples:
            LOGGER.warning("frame %d: %d samples at full scale; lower `counts` (%g)", frame_id, clipped, self._counts)
        self.clipped_samples += clipped
        recording = self._simulator.recording
        return ChannelData(
            samples=samples,
            sampling_frequency_hz=recording.sampling_frequency_hz,
            demodulation_frequency_hz=recording.demodulation_frequency_hz,
            start_time_s=recording.start_time_s,
            sound_speed_m_s=recording.sound_speed_m_s,
            probe=self._probe,
            transmits=self._simulator.transmits,
            stamp_s=stamp_s,
            frame_id=frame_id,
            base_probe=base_probe,
            source=self._source,
        )


def _describe(body: object) -> str:
    """Which simulated body it is."""
    seed = getattr(body, "seed", None)
    return str(getattr(body, "source", "")) or (
        f"simulated patient {seed}" if seed is not None else type(body).__name__
    )
