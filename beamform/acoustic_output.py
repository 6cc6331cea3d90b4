"""Mechanical and thermal index from the output of a transmit (IEC 62359:2010+A1:2017), and their limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sonoreach.errors import InputError

DERATING_DB_PER_CM_MHZ = 0.3


@dataclass(frozen=True)
class OutputLimits:
    """Largest output of a kind of exam (FDA, Marketing Clearance of Diagnostic Ultrasound Systems, 2023, Track 3).

    Attributes:
        mechanical_index, thermal_index: limits of MI and of TIS and TIB.
        intensity_mw_cm2: limit of I_spta.3 [mW/cm^2].
        cranial: whether the limit of the thermal index also holds for TIC.
    """

    mechanical_index: float = 1.9
    thermal_index: float = 6.0
    intensity_mw_cm2: float = 720.0
    cranial: bool = False

    def __post_init__(self) -> None:
        """Refuse what no output can be compared with.

        Raises:
            InputError: a limit that is not finite and above 0.
        """
        for name in ("mechanical_index", "thermal_index", "intensity_mw_cm2"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"limit of {name} must be finite and above 0, got {getattr(self, name)}.")


GENERAL = OutputLimits()
OPHTHALMIC = OutputLimits(mechanical_index=0.23, thermal_index=1.0, intensity_mw_cm2=50.0, cranial=True)


@dataclass(frozen=True)
class AcousticOutput:
    """Output of a scan as in water: measured with a hydrophone, or estimated (`drive.estimate_output`).

    Attributes:
        frequency_hz: acoustic working frequency [Hz].
        peak_negative_pressure_pa: peak rarefactional pressure at the depth of its largest derated value [Pa].
        depth_m: that depth [m].
        power_w: time-averaged acoustic power [W].
        power_1cm_w: the part of it that leaves through the centimetre of the array with most [W].
        intensity_w_m2: spatial-peak temporal-average intensity, at `depth_m` or brought there by derating [W/m^2].
        aperture_m2: active area of the array [m^2].
    """

    frequency_hz: float
    peak_negative_pressure_pa: float
    depth_m: float
    power_w: float
    power_1cm_w: float
    intensity_w_m2: float
    aperture_m2: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} must be finite and at least 0, got {value}.")
        if not (self.frequency_hz > 0 and self.aperture_m2 > 0):
            raise InputError("frequency_hz and aperture_m2 must be above 0.")

    @property
    def derating(self) -> float:
        """Pressure left of 1 after `depth_m` of tissue of 0.3 dB/cm/MHz."""
        loss_db = DERATING_DB_PER_CM_MHZ * (self.depth_m * 100) * (self.frequency_hz / 1e6)
        return float(10 ** (-loss_db / 20))

    @property
    def mechanical_index(self) -> float:
        """MI: derated peak rarefactional pressure [MPa] over the root of the frequency [MHz] (clause 5.2)."""
        return self.peak_negative_pressure_pa / 1e6 * self.derating / math.sqrt(self.frequency_hz / 1e6)

    @property
    def derated_intensity_mw_cm2(self) -> float:
        """I_spta.3 [mW/cm^2]."""
        return self.intensity_w_m2 * 0.1 * self.derating**2

    @property
    def thermal_index_soft(self) -> float:
        """TIS at the surface of a scanning mode: P1 f / (210 mW MHz), P1 the bounded output power."""
        return self.power_1cm_w * 1e3 * (self.frequency_hz / 1e6) / 210.0

    @property
    def thermal_index_bone(self) -> float:
        """TIB at depth: the lesser of sqrt(P I) / (50 mW/cm) and P / (4.4 mW), derated."""
        power_mw = self.power_w * 1e3 * self.derating**2
        return min(math.sqrt(power_mw * self.derated_intensity_mw_cm2) / 50.0, power_mw / 4.4)

    @property
    def thermal_index_cranial(self) -> float:
        """TIC: P / (40 mW/cm times the equivalent diameter of the aperture)."""
        diameter_cm = 2 * math.sqrt(self.aperture_m2 / math.pi) * 100
        return self.power_w * 1e3 / (40.0 * diameter_cm)


def check_acoustic_output(output: AcousticOutput, limits: OutputLimits = GENERAL) -> None:
    """Refuse a transmit beyond the limits of its kind of exam.

    Raises:
        InputError: naming the index, its value and its limit.
    """
    found = [
        ("mechanical index", output.mechanical_index, limits.mechanical_index),
        ("thermal index (soft tissue)", output.thermal_index_soft, limits.thermal_index),
        ("thermal index (bone)", output.thermal_index_bone, limits.thermal_index),
        ("derated intensity in mW/cm²", output.derated_intensity_mw_cm2, limits.intensity_mw_cm2),
    ]
    if limits.cranial:
        found.append(("thermal index (cranial)", output.thermal_index_cranial, limits.thermal_index))
    for name, value, limit in found:
        if not value <= limit:
            raise InputError(f"{name} must be at most {limit:g}, got {value:.3g}.")
