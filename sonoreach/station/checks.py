"""What a machine needs to run a station, checked one by one."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["ok", "note", "fault"]

_SHARED_MEMORY_BYTES = 256 * 2**20
_DISK_BYTES = 2 * 2**30
_LARGE = ("rclpy", "numpy", "numba", "scipy")
_SERVERS = {
    "Orthanc": ("Orthanc", "an archive to send reports to: apt install orthanc"),
    "dcmtk": ("storescu", "DICOM tools: apt install dcmtk"),
    "PostgreSQL": ("psql", "a hub of many stations: apt install postgresql"),
    "NATS": ("nats-server", "messages between stations: apt install nats-server"),
    "Chromium": ("chromium", "tests of the console: apt install chromium"),
}


@dataclass(frozen=True)
class Check:
    """One finding: name, verdict, what was seen, and what to do about it ("" when nothing)."""

    name: str
    verdict: Verdict
    seen: str
    advice: str = ""


def check_python() -> Check:
    """Python must be 3.11 to 3.13, for which ROS 2 wheels exist."""
    seen = sys.version.split()[0]
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("Python", "ok", seen)
    return Check("Python", "fault", seen, "make the environment with Python 3.11 to 3.13: make PYTHON=python3.11 …")


def check_rclpy() -> Check:
    """The ROS 2 client library must import and find its middleware."""
    try:
        implementation = importlib.import_module("rclpy.utilities").get_rmw_implementation_identifier()
        version = importlib.metadata.version("ros-rclpy")
    except Exception as error:  # any import fault of a native library
        return Check("ROS 2 (rclpy)", "fault", str(error), "delete .venv and run `make test` again")
    return Check("ROS 2 (rclpy)", "ok", f"{version}, {implementation}")


def check_interfaces() -> Check:
    """The message package must be built for this interpreter."""
    try:
        messages = importlib.import_module("sonoreach_msgs.msg")
        messages.ChannelData()
    except Exception as error:
        advice = "run .venv/bin/python tools/build_interfaces.py"
        return Check("interfaces", "fault", f"sonoreach_msgs: {error}", advice)
    names = [name for name in dir(messages) if name[:1].isupper()]
    return Check("interfaces", "ok", f"sonoreach_msgs with {len(names)} messages")


def check_bytecode() -> Check:
    """The bytecode of the packages must be kept: without it every process compiles them at every start."""
    missing = [name for name in _LARGE if not _kept(name)]
    if missing:
        advice = "keep it: env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m sonoreach.station.warm_up imports"
        return Check("bytecode", "note", f"none is kept of {', '.join(missing)}, so starts are slow", advice)
    return Check("bytecode", "ok", f"kept of {', '.join(_LARGE)}")


def _kept(package: str) -> bool:
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.cached is not None and Path(spec.cached).is_file()


def check_shared_memory() -> Check:
    """DDS moves images through /dev/shm."""
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError as error:
        return Check("DDS shared memory", "fault", str(error), "mount a tmpfs on /dev/shm")
    seen = f"/dev/shm has {free / 2**20:.0f} MiB free"
    if free < _SHARED_MEMORY_BYTES or not os.access("/dev/shm", os.W_OK):
        return Check("DDS shared memory", "fault", seen, "give it 256 MiB: mount -o remount,size=1G /dev/shm")
    return Check("DDS shared memory", "ok", seen)


def check_real_time() -> Check:
    """The 1 kHz loop wants SCHED_FIFO; without it, it runs with more late wake-ups."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        advice = "allow it: add `@realtime - rtprio 80` to /etc/security/limits.d/realtime.conf and join that group"
        return Check("real-time scheduling", "note", "SCHED_FIFO is not permitted; the loop runs degraded", advice)
    os.sched_setscheduler(0, *before)
    return Check("real-time scheduling", "ok", "SCHED_FIFO is permitted")


def check_model() -> Check:
    """The shipped model must be there and unaltered."""
    try:
        detector = importlib.import_module("sonoreach.perception.onnx_detector").OnnxDetector()
    except Exception as error:
        return Check("model", "fault", str(error), "restore policies/models/ from the repository")
    return Check("model", "ok", f"sha256 {detector.model_hash[:16]}…")


def check_disk() -> Check:
    """An exam with its recording takes up to 1 GiB."""
    free = shutil.disk_usage(Path.cwd()).free
    seen = f"{free / 2**30:.1f} GiB free here"
    return Check("disk", "ok", seen) if free > _DISK_BYTES else Check("disk", "note", seen, "free at least 2 GiB")


def check_processors() -> Check:
    """The real-time graph wants two cores."""
    count = len(os.sched_getaffinity(0))
    seen = f"{count} usable cores"
    return Check("processors", "ok", seen) if count >= 2 else Check("processors", "note", seen, "use --lockstep")


def check_gpu() -> Check:
    """A GPU is optional; nothing depends on it."""
    if shutil.which("nvidia-smi") is None:
        return Check("GPU (optional)", "note", "none seen; everything runs on the processor")
    return Check("GPU (optional)", "ok", "an NVIDIA driver is installed")


def check_servers() -> Iterator[Check]:
    """Servers are optional; each says what it would be good for."""
    for name, (program, purpose) in _SERVERS.items():
        path = shutil.which(program)
        if path is None:
            yield Check(f"{name} (optional)", "note", "not installed", purpose)
        else:
            yield Check(f"{name} (optional)", "ok", path)


CHECKS: tuple[Callable[[], Check], ...] = (
    check_python,
    check_rclpy,
    check_interfaces,
    check_bytecode,
    check_shared_memory,
    check_real_time,
    check_model,
    check_disk,
    check_processors,
    check_gpu,
)


def run_checks() -> Iterator[Check]:
    """Every check, in order."""
    for check in CHECKS:
        yield check()
    yield from check_servers()
