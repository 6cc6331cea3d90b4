"""DICOM objects of an exam: images, cine loops, measurement report, encapsulated PDF."""
