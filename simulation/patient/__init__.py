"""An adult neck that moves, yields and echoes: anatomy, ground truth and scatterers from one description."""

from sonoreach.simulation.patient.patient import Patient

__all__ = ["Patient"]
