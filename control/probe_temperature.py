"""How warm the probe's face gets: one thermal mass, heated by transmits, cooled by skin or air."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ThermalParameters:
    """A probe's thermal behaviour; the defaults are those of a small linear array, to be replaced by measured ones.

    Attributes:
        energy_per_transmit_j: electrical energy that stays in the probe as heat, a transmit [J].
        time_constant_s: of the face's warming [s].
        resistance_contact_k_w, resistance_air_k_w: thermal resistance to the body, to still air [K/W].
        skin_c, air_c: temperature of what cools the face [°C].
        limit_contact_c, limit_air_c: highest allowed temperature of the face (IEC 60601-2-37, 201.11: 43 °C on the
            patient, 50 °C in still air).
        margin_c: distance below the limit at which people are warned [K].
    """

    energy_per_transmit_j: float = 2.0e-3
    time_constant_s: float = 90.0
    resistance_contact_k_w: float = 10.0
    resistance_air_k_w: float = 35.0
    skin_c: float = 33.0
    air_c: float = 23.0
    limit_contact_c: float = 43.0
    limit_air_c: float = 50.0
    margin_c: float = 2.0


class ProbeTemperature:
    """Follows the temperature of the face from the number of transmits and the contact.

    Attributes:
        parameters: see `ThermalParameters`.
        celsius: temperature of the face now [°C].
    """

    def __init__(self, parameters: ThermalParameters | None = None) -> None:
        """Start at the air's temperature."""
        self.parameters = parameters or ThermalParameters()
        self.celsius = self.parameters.air_c

    def advance(self, duration_s: float, transmits: int, in_contact: bool) -> float:
        """Let time pass; returns the temperature [°C].

        First-order: T goes to T_env + R P with the time constant, solved exactly over the step.

        Args:
            duration_s: length of the step [s].
            transmits: transmits fired during it.
            in_contact: whether the face rests on skin.
        """
        if duration_s <= 0.0:
            return self.celsius
        p = self.parameters
        power_w = transmits * p.energy_per_transmit_j / duration_s
        around_c = p.skin_c if in_contact else p.air_c
        resistance_k_w = p.resistance_contact_k_w if in_contact else p.resistance_air_k_w
        final_c = around_c + resistance_k_w * power_w
        self.celsius = final_c + (self.celsius - final_c) * math.exp(-duration_s / p.time_constant_s)
        return self.celsius

    def limit_c(self, in_contact: bool) -> float:
        """Highest allowed temperature of the face [°C]."""
        return self.parameters.limit_contact_c if in_contact else self.parameters.limit_air_c
