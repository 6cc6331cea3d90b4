"""`sonoreach train perception`: make the training images, train the network, export it with its card."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from sonoreach.cli.parser import positive_int
from sonoreach.errors import InputError


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "train",
        help=summary,
        description="Simulate patients, make images of them with their truth, train the perception network, and write "
        "thyroid.onnx with its card thyroid.yaml. Interrupted, the same command goes on where it was.",
        epilog="example: sonoreach train perception --out model",
    )
    parser.add_argument("what", choices=["perception"], help="what to train")
    parser.add_argument(
        "--patients", type=int, default=400, metavar="N", help="training patients (default %(default)s)"
    )
    parser.add_argument("--images", type=int, default=8_000, metavar="N", help="training images (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=16, metavar="N", help="passes over them (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the training (default %(default)s)")
    parser.add_argument(
        "--processes", type=positive_int, default=2, metavar="N", help="workers that make images (default 2)"
    )
    parser.add_argument("--start", type=Path, metavar="FILE", help="begin with the weights of another checkpoint.pt")
    parser.add_argument("--out", type=Path, default=Path("model"), metavar="DIR", help="folder (default ./model)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, and print the figures on the validation patients."""
    if importlib.util.find_spec("torch") is None:
        raise InputError('training needs PyTorch, which is not installed: pip install "sonoreach[train]"')
    from sonoreach.policies.training.pipeline import Recipe, make_model
    from sonoreach.policies.training.trainer import TrainingPlan

    plan = TrainingPlan(epochs=args.epochs, seed=args.seed)
    recipe = Recipe(args.patients, args.images, args.processes, plan, args.start)
    figures = make_model(recipe, args.out)
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:g}")
    print(f"model: {args.out / 'thyroid.onnx'}")
    return 0
