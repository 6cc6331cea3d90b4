"""Kept for colcon, which wants a setup.py in an ament_python package; everything else is in pyproject.toml."""

from glob import glob

from setuptools import setup

setup(
    python_requires=">=3.11,<3.14",
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/sonoreach"]),
        ("share/sonoreach", ["package.xml"]),
        ("share/sonoreach/launch", glob("launch/*.xml")),
    ],
)
