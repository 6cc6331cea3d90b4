"""Motion from an ensemble of frames: clutter filters, colour and power Doppler, spectral Doppler."""
