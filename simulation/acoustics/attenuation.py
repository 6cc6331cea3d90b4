"""Loss of sound in tissue that grows linearly with frequency and distance."""

from __future__ import annotations

from dataclasses import dataclass

from sonoreach.errors import InputError


@dataclass(frozen=True)
class Attenuation:
    """Homogeneous attenuation along the whole path from the face to the scatterer and back.

    Attributes:
        db_cm_mhz: loss a centimetre of path and a megahertz [dB]; soft tissue has 0.5 to 0.7.
        carrier: whether the loss at the carrier is applied too. False when the scatterers' amplitudes already
            hold it (a patient's do): then only the loss of high frequencies against low ones remains, which
            moves the centre of the spectrum down with depth.
    """

    db_cm_mhz: float
    carrier: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.db_cm_mhz <= 10:
            raise InputError(f"attenuation db_cm_mhz: got {self.db_cm_mhz!r}, allowed are 0 to 10")

    def slope_db_hz_s(self, sound_speed_m_s: float) -> float:
        """Loss a hertz and a second of travel [dB]."""
        return self.db_cm_mhz * 100 * 1e-6 * sound_speed_m_s
