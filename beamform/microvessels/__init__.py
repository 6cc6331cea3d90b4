"""Ultrasound localisation microscopy: single bubbles found, followed and drawn."""
