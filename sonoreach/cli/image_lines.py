"""`sonoreach image FILE` for lines that a scanner has beamformed: grey pictures, and colour Doppler."""

from __future__ import annotations

import argparse
from pathlib import Path

from sonoreach.beamform.doppler.overlay import flow_overlay
from sonoreach.beamform.line_images import LineImager
from sonoreach.beamform.picture import write_bmode_picture, write_flow_picture
from sonoreach.beamform.recording.clarius import open_clarius
from sonoreach.beamform.recording.lines import LineRecording
from sonoreach.cli.image_files import described, study_of, without_clutter, write_dicom
from sonoreach.errors import InputError


def open_lines(args: argparse.Namespace) -> LineRecording:
    """Open the lines that the command line names.

    Raises:
        InputError: the file cannot be used, or a number is missing or out of range.
    """
    if args.pitch_mm is None:
        raise InputError(f"{args.file} does not tell how far apart the probe's elements are: give --pitch-mm.")
    if args.prf_hz is not None and not 1 <= args.prf_hz <= 1e6:
        raise InputError(f"--prf-hz must lie in 1 to 1e6, got {args.prf_hz}.")
    return open_clarius(args.file, pitch_m=args.pitch_mm / 1e3, sound_speed_m_s=args.sound_speed or 1540.0)


def write_line_images(
    recording: LineRecording, count: int, imager: LineImager, args: argparse.Namespace, folder: Path
) -> dict[str, object]:
    """Write each frame in grey, and in colour where it is an ensemble; returns what image.json says."""
    import cv2
    from rich.console import Console
    from rich.progress import track

    study = study_of(args.file)
    first = imager.grey(0)
    report = described(first, count) | {"pulses": recording.n_pulses, "pitch_m": args.pitch_mm / 1e3}
    for index in track(range(count), "drawing", console=Console(stderr=True)):
        image = imager.grey(index)
        cv2.imwrite(str(folder / f"bmode_{index:04d}.png"), image.pixels)
        write_dicom(folder / f"bmode_{index:04d}.dcm", image.pixels, image, f"frame {index}", study, 2 * index + 1)
        if recording.n_pulses < 3:
            continue
        # Without a pulse rate velocities are told in parts of the Nyquist velocity, which is 1 at this rate.
        rate_hz = args.prf_hz or 4 * recording.center_frequency_hz / recording.sound_speed_m_s
        flow = imager.flow(without_clutter(recording.echoes[index], args), rate_hz)
        rgb = flow_overlay(image, flow)
        cv2.imwrite(str(folder / f"colour_{index:04d}.png"), rgb[..., ::-1])
        write_dicom(folder / f"colour_{index:04d}.dcm", rgb, image, "colour Doppler", study, 2 * index + 2)
        if index == 0:
            nyquist_m_s = flow.nyquist_m_s if args.prf_hz else None
            report |= {"clutter": args.clutter, "nyquist_m_s": nyquist_m_s}
            write_flow_picture(folder / "colour_doppler.png", image, rgb, nyquist_m_s, args.file.name)
    write_bmode_picture(folder / "bmode.png", first, args.file.name)
    return report
