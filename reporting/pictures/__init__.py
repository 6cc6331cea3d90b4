"""Pictures of an exam: plane images with their overlays, the overview, the film."""
