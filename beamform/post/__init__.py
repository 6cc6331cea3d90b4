"""What happens to a B-mode image after beamforming: gain, smoothing and grey scale."""
