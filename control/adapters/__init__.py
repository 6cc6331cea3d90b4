"""Real arms behind the `Arm` seam. Run on hardware: not yet; their protocols are tested, see docs/control.md."""
