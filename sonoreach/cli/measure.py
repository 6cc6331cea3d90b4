"""`sonoreach measure IMAGE…`: what the model sees on pictures, and how large it is."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sonoreach.cli.parser import check_file
from sonoreach.errors import InputError
from sonoreach.perception.measure import measure_plane
from sonoreach.perception.onnx_detector import OnnxDetector
from sonoreach.perception.picture import read_picture
from sonoreach.types.exam import CapturedPlane
from sonoreach.types.image import BModeImage
from sonoreach.types.plane import PlaneSpec
from sonoreach.types.probe import ProbeState


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "measure",
        help=summary,
        description="Find the structures on captured images and take the measurements of the plane that they show. "
        "The top row of a picture is taken as the probe's face.",
        epilog="example: sonoreach measure exam-out/dicom/right_transverse.dcm",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="DICOM, PNG or JPEG files")
    parser.add_argument(
        "--spacing-mm", type=float, metavar="MM", help="size of a pixel, where the file does not say it"
    )
    parser.add_argument("--protocol", default="thyroid", help="protocol that names the planes (default %(default)s)")
    parser.add_argument("--plane", metavar="NAME", help="plane shown (default: the most probable one)")
    parser.add_argument("--model", type=Path, metavar="ONNX", help="another model, its card beside it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure every picture; all are read before anything is printed."""
    from sonoreach.policies.protocol import Protocol

    if args.json is not None:
        check_file("--json", args.json)
    planes = {plane.spec.name: plane.spec for plane in Protocol.load(args.protocol).planes}
    if args.plane is not None and args.plane not in planes:
        raise InputError(f"plane {args.plane!r} is not in protocol {args.protocol}, which has {', '.join(planes)}")
    detector = OnnxDetector(args.model)
    images = [read_picture(path, args.spacing_mm) for path in args.images]
    results = [examine(detector, image, planes, args.plane) for image in images]
    if args.json is not None:
        args.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for path, result in zip(args.images, results, strict=True):
        show(path, result)
    return 0


def examine(
    detector: OnnxDetector, image: BModeImage, planes: dict[str, PlaneSpec], plane: str | None
) -> dict[str, Any]:
    """Structures and measurements of one picture, as plain values."""
    estimate = detector.detect(image, planes[plane] if plane else next(iter(planes.values())))
    spec = planes.get(plane or estimate.plane)
    if spec is not None and estimate.wanted != spec.name:
        estimate = detector.detect(image, spec)
    measurements = []
    if spec is not None:
        capture = CapturedPlane(spec.name, image, estimate, ProbeState(0.0, image.base_probe), 0.0)
        measurements = measure_plane(capture, spec, detector.card.measurement_errors)
    return {
        "source": image.source,
        "model_sha256": estimate.model_hash,
        "plane": spec.name if spec else "",
        "probability": estimate.probability if spec else 0.0,
        "quality": estimate.quality,
        "structures": [asdict(s) for s in estimate.structures],
        "measurements": [asdict(m) for m in measurements],
    }


def show(path: Path, result: dict[str, Any]) -> None:
    """Print one picture's results, in millimetres."""
    name = result["plane"] or "no standard plane"
    print(f"{path}: {name}, probability {result['probability']:.2f}, quality {result['quality']:.2f}")
    for s in result["structures"]:
        place = f"at x {s['x_m'] * 1e3:+.1f} mm, depth {s['z_m'] * 1e3:.1f} mm"
        print(f"  {s['structure']:<9} {s['area_m2'] * 1e6:6.0f} mm²  {place}, {s['edge_fraction']:.0%} on the border")
    for m in result["measurements"]:
        if m["value"] is None:
            print(f"  {m['name']}: not obtained, because {m['not_obtained_because']}")
        else:
            print(f"  {m['name']}: {m['value']:.1f} ± {m['uncertainty']:.1f} {m['unit']} ({m['method']})")
