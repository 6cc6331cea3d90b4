"""Recorded channel data: our HDF5 layout, files of others by description, and playing them back."""
