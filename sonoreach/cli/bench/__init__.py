"""`sonoreach bench NAME`: one module a benchmark, each with `add_arguments(parser)` and `run(args) -> dict`."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

from sonoreach.cli.parser import Parser, check_file

BENCHMARKS = {
    "beamform": "delay-and-sum and Doppler speed, beside its peers",
    "acoustics": "channel-data simulator speed, beside PyMUST",
    "control": "force control accuracy and timing",
    "steering": "planes found on unseen patients, in lock-step",
    "measurement": "measurement errors against the truth",
    "system": "the ROS graph in real time",
}


class _BenchParser(Parser):
    """Imports its benchmark only when that one is asked for: a fast `--help`, and no fault of one in another."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Let the benchmark add its own arguments, then parse."""
        importlib.import_module(f"sonoreach.cli.bench.{self.prog.split()[-1]}").add_arguments(self)
        return super().parse_known_args(args, namespace)


def add_parser(commands: Any, summary: str) -> None:
    """Add the command and its benchmarks to the command line."""
    parser = commands.add_parser(
        "bench", help=summary, description=summary, epilog="example: sonoreach bench beamform --json beamform.json"
    )
    benches = parser.add_subparsers(dest="bench", required=True, metavar="BENCHMARK", parser_class=_BenchParser)
    for name, text in BENCHMARKS.items():
        example = f"example: sonoreach bench {name} --json {name}.json"
        bench = benches.add_parser(name, help=text, description=text, epilog=example)
        bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE as flat JSON")
        bench.set_defaults(run=run, bench_name=name)


def run(args: argparse.Namespace) -> int:
    """Run one benchmark, print its figures, write them when asked.

    Raises:
        InputError: the file cannot be written; found before the work begins.
    """
    for option in ("json", "picture"):
        file = getattr(args, option, None)
        if file is not None:
            check_file(f"--{option}", file)
    figures: dict[str, Any] = importlib.import_module(f"sonoreach.cli.bench.{args.bench_name}").run(args)
    width = max(len(key) for key in figures)
    for key, value in figures.items():
        print(f"{key:<{width}}  {value:.6g}" if isinstance(value, float) else f"{key:<{width}}  {value}")
    if args.json is not None:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0
