"""Beamformers that look at the echoes of every element before they add them up: slower, sharper."""
