"""How an array is driven, and the acoustic output that follows from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.acoustic_output import DERATING_DB_PER_CM_MHZ, AcousticOutput
from sonoreach.beamform.burst_field import NEAREST_WAVELENGTHS, BurstField
from sonoreach.beamform.check import check_probe, check_transmit
from sonoreach.errors import InputError
from sonoreach.types.channel_data import ProbeGeometry, TransmitEvent, TransmitKind

Array = NDArray[np.float64]

DENSITY_KG_M3 = 1000.0
SEARCHED_DB = 30.0
"""The axis is searched to where the derating alone takes this much."""

DEPTHS = 256
MAX_CYCLES = 10000


@dataclass(frozen=True)
class Drive:
    """Transmit settings of a scan.

    Attributes:
        voltage_v: peak voltage at an element [V].
        sensitivity_pa_v: transmit sensitivity of the probe: peak pressure at the face of an element a volt, through
            lens and matching layers, at `frequency_hz` [Pa/V]. It differs between probes by factors: it has no default
            and comes from the maker or from a hydrophone. All uncertainty of the estimate's scale is here.
        frequency_hz: frequency of the burst [Hz].
        cycles: length of the burst, taken as rectangular; the probe lengthens it [cycles].
        prf_hz: transmits a second, all events of the scan together [Hz].
        aperture_m: elements farther than half of it from the beam's foot are silent [m].
    """

    voltage_v: float
    sensitivity_pa_v: float
    frequency_hz: float
    cycles: float
    prf_hz: float
    aperture_m: float = math.inf

    def __post_init__(self) -> None:
        """Refuse what no transmitter does.

        Raises:
            InputError: a number that is not positive, bursts that are too long or overlap.
        """
        for name, value in vars(self).items():
            if not value > 0 or (math.isinf(value) and name != "aperture_m"):
                raise InputError(f"{name} must be above 0 and finite, got {value}.")
        if self.cycles > MAX_CYCLES:
            raise InputError(f"cycles must be at most {MAX_CYCLES}, got {self.cycles:g}.")
        if self.duty > 1:
            raise InputError(f"cycles / frequency_hz * prf_hz must be at most 1, got {self.duty:.3g}.")

    @property
    def face_pressure_pa(self) -> float:
        """Peak pressure at the face [Pa]."""
        return self.voltage_v * self.sensitivity_pa_v

    @property
    def duty(self) -> float:
        """Part of the time in which the array sounds."""
        return self.cycles / self.frequency_hz * self.prf_hz


def estimate_output(
    events: Sequence[TransmitEvent], probe: ProbeGeometry, drive: Drive, sound_speed_m_s: float = 1540.0
) -> AcousticOutput:
    """Acoustic output of a scan whose events are sent in turn, by linear acoustics.

    Linear: near a strong focus real waves steepen, which raises the compression above the estimate and lowers the
    rarefaction, that MI uses, below it. The elements are weighted alike and their power is that of plane pistons,
    area p0² / (2 ρ c). The maxima are sought on the beams' axes and close before the face, where waves that spread or
    are steered are loudest; between the points searched the pressure was found up to 7 % higher. Nearer than two
    wavelengths nothing is searched. MI follows the sensitivity's error, intensity and TI its square. It replaces no
    measurement: IEC 62359 asks for a hydrophone.

    Args:
        events: transmits of one frame; each is sent prf / n times a second.
        probe: the array.
        drive: settings.
        sound_speed_m_s: of the medium, that also the delays are made for [m/s].

    Returns:
        The output at the largest derated pressure of all events. The intensity is the largest derated sum over all
        events, at the place of any event's maximum, brought to the depth of that pressure.

    Raises:
        InputError: no events, ones that the probe cannot send, or a frequency that it does not pass.
    """
    check_probe(probe)
    if not events:
        raise InputError("events must hold at least one transmit, got none.")
    if not 100 <= sound_speed_m_s <= 10000:
        raise InputError(f"sound_speed_m_s must lie in [100, 10000] m/s, got {sound_speed_m_s}.")
    low_hz, high_hz = 0.5 * probe.center_frequency_hz, 2 * probe.center_frequency_hz
    if not low_hz <= drive.frequency_hz <= high_hz:
        raise InputError(f"frequency_hz must lie in [{low_hz:g}, {high_hz:g}] Hz, got {drive.frequency_hz:g}.")
    for number, event in enumerate(events):
        check_transmit(number, event, probe)
    waves = [BurstField(e, probe, drive.frequency_hz, drive.cycles, drive.aperture_m, sound_speed_m_s) for e in events]
    places = [place for wave in waves for place in _derated_peaks(wave)]
    loudest = max(places, key=lambda place: place.gain)
    left = loudest.left
    face_w_m2 = drive.face_pressure_pa**2 / (2 * DENSITY_KG_M3 * sound_speed_m_s)
    rate_hz = drive.prf_hz / len(events)
    points = np.stack([place.point_m for place in places])
    energy_s = np.sum([wave.at(points)[1] for wave in waves], axis=0)
    derated_s = float(np.max(energy_s * np.array([place.left for place in places]) ** 2))
    element_m2 = probe.element_width_m * probe.elevation_height_m
    sounding = [wave.active() for wave in waves]
    times = np.bincount(np.concatenate(sounding), minlength=probe.n_elements)
    power_w = np.asarray(face_w_m2 * element_m2 * drive.duty / len(events) * times, dtype=np.float64)
    return AcousticOutput(
        frequency_hz=drive.frequency_hz,
        peak_negative_pressure_pa=drive.face_pressure_pa * loudest.gain / left,
        depth_m=loudest.depth_m,
        power_w=float(power_w.sum()),
        power_1cm_w=_power_of_a_centimetre(power_w, probe),
        intensity_w_m2=face_w_m2 * rate_hz * derated_s / left**2,
        aperture_m2=element_m2 * min(len(s) for s in sounding),
    )


def _derating(depth_m: Array, frequency_hz: float) -> Array:
    """Pressure left of 1 after tissue of 0.3 dB/cm/MHz, shape of `depth_m`."""
    left: Array = 10 ** (-DERATING_DB_PER_CM_MHZ * depth_m * 1e-4 * frequency_hz / 20)
    return left


class _Place(NamedTuple):
    """A maximum: point [m], depth below the nearest element [m], derating there, derated gain of the pressure."""

    point_m: Array
    depth_m: float
    left: float
    gain: float


def _derated_peaks(wave: BurstField) -> list[_Place]:
    """Where the derated pressure is largest, and where its energy is, on the axis and close before the face."""
    deepest_m = SEARCHED_DB / (DERATING_DB_PER_CM_MHZ * 1e-4 * wave.frequency_hz)
    distances = np.linspace(NEAREST_WAVELENGTHS * wave.wavelength_m, deepest_m, DEPTHS)
    foci = [wave.probe.elevation_focus_m] if math.isfinite(wave.probe.elevation_focus_m) else []
    if wave.event.kind is TransmitKind.FOCUSED:
        foot = wave.axis_points_m(np.zeros(1))[0]
        foci.append(float(np.linalg.norm(np.asarray(wave.event.source_m) - foot)))
    points = np.concatenate([wave.axis_points_m(np.concatenate([distances, foci])), wave.face_points_m()])
    depths = wave.depth_m(points)
    left = _derating(depths, wave.frequency_hz)
    gain, energy_s = wave.at(points)
    best = {int(np.argmax(gain * left)), int(np.argmax(energy_s * left**2))}
    return [_Place(points[k], float(depths[k]), float(left[k]), float(gain[k] * left[k])) for k in best]


def _power_of_a_centimetre(power_w: Array, probe: ProbeGeometry) -> float:
    """Largest power of elements that together fit into a centimetre along x [W]."""
    x = probe.element_positions_m[:, 0]
    reach = 0.01 - probe.element_width_m
    return max(float(power_w[(x >= low) & (x <= low + max(reach, 0.0))].sum()) for low in x)
