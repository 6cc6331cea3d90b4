"""`sonoreach doctor`: checks this machine and says for each finding what to do."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console

from sonoreach.station.checks import run_checks

_STYLE = {"ok": "green", "note": "yellow", "fault": "bold red"}


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help=summary,
        description="Check everything that a station needs. Notes are optional; faults must be mended (exit code 2).",
        epilog="example: sonoreach doctor",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding; 0 when nothing is at fault, else 2."""
    console = Console(highlight=False, soft_wrap=True)
    faults = 0
    for check in run_checks():
        faults += check.verdict == "fault"
        style = _STYLE[check.verdict]
        console.print(f"[{style}]{check.verdict:<5}[/{style}] {check.name:<24} ", end="")
        console.print(check.seen, markup=False)
        if check.advice:
            console.print(f"{'':31}→ {check.advice}", markup=False)
    console.print(f"{faults} faults" if faults else "ready")
    return 2 if faults else 0
