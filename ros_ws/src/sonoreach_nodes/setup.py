"""The package that `ros2 run` and `ros2 launch` see; with pip: `pip install --no-deps --no-build-isolation -e .`."""

from setuptools import setup

setup(
    name="sonoreach_nodes",
    version="0.1.0",
    packages=["sonoreach_nodes", "sonoreach_nodes.convert"],
    package_data={"sonoreach_nodes": ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/sonoreach_nodes"]),
        ("share/sonoreach_nodes", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    python_requires=">=3.11",
    maintainer="SonoReach maintainers",
    maintainer_email="maintainers@sonoreach.invalid",
    description="The nodes of the SonoReach station: thin wrappers of its rooms",
    license="Apache-2.0",
    entry_points={"console_scripts": ["run_nodes = sonoreach_nodes.run_nodes:main"]},
)
