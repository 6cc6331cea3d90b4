"""Descriptions of known recordings, one YAML file each; see `sonoreach.beamform.recording.description`."""
