"""SonoReach: an open robotic ultrasound station that scans, measures and reports by itself."""

__version__ = "0.1.0"
