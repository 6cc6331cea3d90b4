"""`sonoreach image FILE`: recorded channel data, or a scanner's lines, to pictures, DICOM and colour Doppler."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sonoreach.beamform.aperture import ReceiveAperture, Window
from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.beamform.device import Device
from sonoreach.beamform.doppler.colour import FlowMap, colour_doppler
from sonoreach.beamform.doppler.overlay import flow_overlay
from sonoreach.beamform.ensemble import EnsembleDelayAndSum
from sonoreach.beamform.grid import Grid
from sonoreach.beamform.line_images import LineImager
from sonoreach.beamform.picture import write_bmode_picture, write_flow_picture
from sonoreach.beamform.record_grid import record_grid
from sonoreach.beamform.recording.clarius import is_clarius
from sonoreach.beamform.recording.open import open_recording
from sonoreach.beamform.recording.recording import Recording
from sonoreach.cli.image_files import CLUTTER, described, study_of, without_clutter, write_dicom
from sonoreach.cli.image_lines import open_lines, write_line_images
from sonoreach.errors import InputError
from sonoreach.reporting.staged_folder import StagedFolder, check_output
from sonoreach.types.image import BModeImage


def add_parser(commands: Any, summary: str) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "image",
        help=summary,
        description="Beamform recorded channel data: SonoReach's HDF5 layout, or MATLAB (5, 7.3) and HDF5 files with a "
        "YAML description; or draw the lines that a Clarius scanner has beamformed (.raw with its .yml beside it). "
        "Writes PNG (plain, and with scales), DICOM, and a colour Doppler map of an ensemble.",
        epilog="examples: sonoreach image PWI_disk.mat --out disk-out; "
        "sonoreach image carotid.raw --pitch-mm 0.2 --clutter polynomial --out carotid-out",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="recording: .h5, .mat, .raw")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new or empty folder for the results")
    parser.add_argument("--describe", type=Path, metavar="YAML", help="what the arrays of FILE mean")
    parser.add_argument("--frames", type=int, metavar="N", help="only the first N frames")
    parser.add_argument("--f-number", type=float, default=1.5, help="receive f-number (default %(default)s)")
    parser.add_argument("--window", choices=[w.value for w in Window], default="tukey", help="receive apodisation")
    parser.add_argument("--dynamic-range-db", type=float, default=60.0, help="grey range (default %(default)s)")
    parser.add_argument("--depth-mm", type=float, help="deepest row (default: as deep as the record allows)")
    parser.add_argument("--spacing-mm", type=float, help="size of a pixel (default: a third of the wavelength)")
    parser.add_argument("--sound-speed", type=float, metavar="M/S", help="focus with this speed (default: the file's)")
    parser.add_argument("--clutter", choices=CLUTTER, default="none", help="Doppler clutter filter (default none)")
    parser.add_argument(
        "--clutter-order", type=int, default=1, metavar="N", help="polynomial order, or SVD components (default 1)"
    )
    parser.add_argument(
        "--device", choices=[d.value for d in Device], default="auto", help="where to compute B-mode (default auto)"
    )
    parser.add_argument("--pitch-mm", type=float, metavar="MM", help="of lines: distance between the elements")
    parser.add_argument(
        "--prf-hz", type=float, metavar="HZ", help="of lines: pulses a second (else parts of the Nyquist velocity)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make pictures of a recording; the output folder appears complete or not at all."""
    check_output(args.out)
    if args.sound_speed is not None and not 100 <= args.sound_speed <= 10000:
        raise InputError(f"--sound-speed must lie in 100 to 10000 m/s, got {args.sound_speed}.")
    spacing_m = None if args.spacing_mm is None else args.spacing_mm / 1e3
    if is_clarius(args.file):
        beamforms = args.f_number != 1.5 or args.window != "tukey" or args.device != "auto"
        if args.describe is not None or args.depth_mm is not None or beamforms:
            raise InputError("--describe, --depth-mm, --f-number, --window, --device are for channel data, not lines.")
        lines = open_lines(args)
        count = _count(lines.n_frames, args)
        imager = LineImager(lines, spacing_m=spacing_m, dynamic_range_db=args.dynamic_range_db)
        _publish(args, lambda folder: write_line_images(lines, count, imager, args, folder))
        print(f"{count} frames of {lines.grid.n_lines} lines, in {args.out}")
        return 0
    if args.pitch_mm is not None or args.prf_hz is not None:
        raise InputError(
            "--pitch-mm and --prf-hz are for lines (a .raw with its .yml beside it), not for channel data."
        )
    if args.file.suffix.lower() == ".raw" and args.file.is_file() and args.describe is None:
        raise InputError(f"{args.file} needs its description {args.file.with_suffix('.yml').name} beside it.")
    recording = open_recording(args.file, args.describe)
    try:
        count = _count(recording.n_frames, args)
        grid = record_grid(
            recording.frame(0),
            spacing_m=spacing_m,
            depth_m=None if args.depth_mm is None else args.depth_mm / 1e3,
            sound_speed_m_s=args.sound_speed,
            f_number=args.f_number,
        )
        _publish(args, lambda folder: write_images(recording, count, grid, args, folder))
    finally:
        recording.close()
    print(f"{count} frames, {grid.n_lines} x {grid.n_samples} pixels, in {args.out}")
    return 0


def _count(n_frames: int, args: argparse.Namespace) -> int:
    """How many frames are wanted."""
    count = n_frames if args.frames is None else args.frames
    if not 1 <= count <= n_frames:
        raise InputError(f"--frames must lie in 1 to {n_frames}, got {count}.")
    return int(count)


def _publish(args: argparse.Namespace, write: Callable[[Path], dict[str, object]]) -> None:
    """Let the results and image.json appear together."""
    staged = StagedFolder(args.out)
    try:
        report = write(staged.path)
        (staged.path / "image.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        staged.publish()
    except BaseException:
        staged.discard()
        raise


def write_images(
    recording: Recording, count: int, grid: Grid, args: argparse.Namespace, folder: Path
) -> dict[str, object]:
    """Write every B-mode frame, and the colour Doppler map where the frames are an ensemble."""
    import cv2
    from rich.console import Console
    from rich.progress import track

    aperture = ReceiveAperture(args.f_number, Window(args.window))
    bmode = BModeBeamformer(
        grid,
        aperture,
        dynamic_range_db=args.dynamic_range_db,
        sound_speed_m_s=args.sound_speed,
        device=args.device,
    )
    study = study_of(args.file)
    first: BModeImage | None = None
    for index in track(range(count), "beamforming", console=Console(stderr=True)):
        image = bmode(recording.frame(index))
        cv2.imwrite(str(folder / f"bmode_{index:04d}.png"), image.pixels)
        write_dicom(folder / f"bmode_{index:04d}.dcm", image.pixels, image, f"frame {index}", study, index + 1)
        first = first or image
    assert first is not None  # count is at least 1
    write_bmode_picture(folder / "bmode.png", first, args.file.name)
    report = described(first, count) | {"f_number": args.f_number, "window": args.window}
    if recording.ensemble and count >= 3:
        flow = _flow(recording, count, grid, args)
        rgb = flow_overlay(first, flow)
        cv2.imwrite(str(folder / "colour.png"), rgb[..., ::-1])
        write_flow_picture(folder / "colour_doppler.png", first, rgb, flow.nyquist_m_s, args.file.name)
        write_dicom(folder / "colour.dcm", rgb, first, "colour Doppler", study, count + 1)
        report |= {"clutter": args.clutter, "nyquist_m_s": flow.nyquist_m_s}
    return report


def _flow(recording: Recording, count: int, grid: Grid, args: argparse.Namespace) -> FlowMap:
    """Colour Doppler of the first `count` frames."""
    frames = [recording.frame(index) for index in range(count)]
    ensemble = EnsembleDelayAndSum(grid, args.f_number, sound_speed_m_s=args.sound_speed)(frames)
    return colour_doppler(
        without_clutter(ensemble, args),
        repetition_frequency_hz=recording.frame_rate_hz,
        center_frequency_hz=recording.probe.center_frequency_hz,
        sound_speed_m_s=args.sound_speed or frames[0].sound_speed_m_s,
        smooth=(5, 5),
    )
