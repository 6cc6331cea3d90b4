"""`sonoreach report DIR`: write the report of an exam folder again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from sonoreach.errors import InputError


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "report",
        help=summary,
        description="Write report.pdf, overview.png and the DICOM documents of an exam folder again, from its "
        "exam.json and DICOM images. exam.json, the images, exam.mp4 and exam.mcap stay as they are.",
        epilog="example: sonoreach report exam-out",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that `sonoreach exam` wrote")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the folder, write the products, name them."""
    from sonoreach.reporting.products import rewrite_products

    folder: Path = args.folder
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give a folder that `sonoreach exam` wrote")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{folder} cannot be written; the report is written into the exam folder itself")
    for path in rewrite_products(folder):
        print(folder / path)
    return 0
