"""Paths on the body: a skin map from points, sweeps over it, their checks, their execution with pause and resume."""
