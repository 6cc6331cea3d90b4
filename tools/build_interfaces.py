"""Build the ROS 2 interfaces of ros_ws/src/sonoreach_msgs into the running Python environment.

Run with the environment's own interpreter: `.venv/bin/python tools/build_interfaces.py`. The ROS packages come
from pip; no ROS 2 installation is needed, only a C and a C++ compiler. Does nothing when the interfaces in the
environment were built from the same files. It may be interrupted at any moment and run again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "ros_ws" / "src" / "sonoreach_msgs"
PREFIX = Path(sys.prefix)
BUILD = PREFIX / "build" / "sonoreach_msgs"
STAMP = PREFIX / "share" / "sonoreach_msgs" / "built-from.sha256"


def sources() -> list[Path]:
    """Every file that the interfaces depend on, sorted."""
    files = [PACKAGE / "CMakeLists.txt", PACKAGE / "package.xml", Path(__file__).resolve()]
    for folder in ("msg", "srv", "action"):
        files += sorted((PACKAGE / folder).glob(f"*.{folder}"))
    return files


def fingerprint() -> str:
    """SHA-256 over the sources' names and contents, the environment's path and the Python version."""
    digest = hashlib.sha256(f"{PREFIX} {sys.version}".encode())
    for path in sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_fresh(wanted: str) -> bool:
    """Whether the environment already holds interfaces built from these very sources."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8").strip() == wanted


def patch_cmake_exports() -> int:
    """Point the wheels' CMake files, which name their build machine's Python, at this one; returns how many changed."""
    import numpy

    headers = (
        (re.compile(r"/opt/python/cp\d+-cp\d+/include/python3\.\d+"), sysconfig.get_paths()["include"]),
        (re.compile(r"/opt/python/cp[^/]*/lib/python[^/]*/site-packages/numpy/_?core/include"), numpy.get_include()),
    )
    changed = 0
    for path in (PREFIX / "share").rglob("*.cmake"):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        if "/opt/python/" not in text:
            continue
        for pattern, folder in headers:
            text = pattern.sub(folder, text)
        # Written beside and moved into place: an interrupt never leaves half a file.
        beside = path.with_suffix(".cmake.new")
        beside.write_text(text, encoding="utf-8", errors="surrogateescape")
        beside.replace(path)
        changed += 1
    return changed


def commands() -> Iterator[tuple[str, list[str]]]:
    """The build's steps: what to tell people, and the command."""
    cmake = str(PREFIX / "bin" / "cmake")
    configure = [cmake, "-S", str(PACKAGE), "-B", str(BUILD), f"-DCMAKE_INSTALL_PREFIX={PREFIX}"]
    configure += ["-DBUILD_TESTING=OFF", "-DPYTHON_ONLY=ON", f"-DPython3_EXECUTABLE={sys.executable}"]
    configure += ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O1", "-DCMAKE_CXX_FLAGS_RELEASE=-O1"]
    yield "configuring", configure
    yield "compiling", [cmake, "--build", str(BUILD), "--parallel", str(os.cpu_count() or 1)]
    yield "installing", [cmake, "--install", str(BUILD)]


def remove_installed() -> None:
    """Remove what an earlier build installed, so that a deleted message does not live on."""
    manifest = BUILD / "install_manifest.txt"
    if manifest.is_file():
        for name in manifest.read_text(encoding="utf-8").split("\n"):
            if name and Path(name).is_relative_to(PREFIX):
                Path(name).unlink(missing_ok=True)
    shutil.rmtree(BUILD, ignore_errors=True)


def build() -> None:
    """Configure, compile and install; raises SystemExit with the log's tail when a step fails."""
    environment = os.environ | {
        "AMENT_PREFIX_PATH": str(PREFIX),
        "CMAKE_PREFIX_PATH": str(PREFIX),
        "LD_LIBRARY_PATH": str(PREFIX / "lib"),
        "VIRTUAL_ENV": str(PREFIX),
        "PATH": f"{PREFIX / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "build.log"
    for title, command in commands():
        print(f"sonoreach_msgs: {title}", flush=True)
        with log.open("ab") as output:
            done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
            sys.exit(f"{tail}\nsonoreach_msgs: {title} failed; the whole log is {log}")


def main() -> None:
    """Build when stale."""
    if sys.prefix == sys.base_prefix:
        sys.exit(f"build_interfaces: run me with a virtual environment's Python, not {sys.executable}")
    PREFIX.joinpath("build").mkdir(exist_ok=True)
    with (PREFIX / "build" / "sonoreach_msgs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second waits, then finds it fresh
        wanted = fingerprint()
        if is_fresh(wanted):
            return
        STAMP.unlink(missing_ok=True)
        remove_installed()
        patch_cmake_exports()
        build()
        STAMP.write_text(wanted + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
