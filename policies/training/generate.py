"""Training images: simulated patients, insonified and beamformed by the station's own parts, with their truth."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from sonoreach.beamform.bmode import BModeBeamformer
from sonoreach.errors import InputError
from sonoreach.perception.resample import ImageGrid, resample
from sonoreach.policies.training.poses import sample_pose
from sonoreach.policies.training.truth import FrameTruth, frame_truth
from sonoreach.simulation.front_end import SimulatedFrontEnd
from sonoreach.simulation.patient.patient import Patient

NETWORK_GRID = ImageGrid.over(rows=96, columns=128, width_m=0.054, depth_m=0.043)
TRAINING_SEEDS = range(10_000)
VALIDATION_SEEDS = range(10_000, 20_000)
RESERVED_FROM = 100_000  # patients that only judge: a model that has seen one has nothing left to be judged by


@dataclass(frozen=True)
class PatientJob:
    """Images to make of one patient; the file is the result and the proof that it is done."""

    seed: int
    n_images: int
    path: Path


def generate(seeds: Iterable[int], images_per_patient: int, folder: Path, processes: int = 2) -> list[Path]:
    """Make the images of some patients, one file a patient; files that exist are kept.

    Args:
        seeds: patients.
        images_per_patient: images of each.
        folder: where the files go, named by seed.
        processes: worker processes.

    Returns:
        The files, in the order of the seeds.

    Raises:
        InputError: a patient that is reserved for judging.
    """
    seeds = list(seeds)
    reserved = [seed for seed in seeds if seed >= RESERVED_FROM]
    if reserved:
        raise InputError(f"patient {reserved[0]} is reserved for judging, train on patients below {RESERVED_FROM}")
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [PatientJob(seed, images_per_patient, folder / f"{seed:05d}.npz") for seed in seeds]
    todo = [job for job in jobs if not _is_whole(job)]
    done = len(jobs) - len(todo)
    with get_context("spawn").Pool(processes, initializer=numba.set_num_threads, initargs=(1,)) as pool:
        for _ in pool.imap_unordered(make_patient, todo):
            done += 1
            print(f"\rpatients {done}/{len(jobs)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return [job.path for job in jobs]


def make_patient(job: PatientJob) -> None:
    """Make all images of one patient and write them at once, under their final name only when whole."""
    patient = Patient.from_seed(job.seed)
    front_end = SimulatedFrontEnd(patient, seed=job.seed, threads=1)
    beamformer = BModeBeamformer()
    rng = np.random.default_rng([job.seed, 20_260_101])
    frames = []
    for frame_id in range(job.n_images):
        base_probe, time_s = sample_pose(patient, rng)
        data = front_end.acquire(time_s, frame_id, base_probe)
        if data is None:
            raise RuntimeError(f"the simulated front end gave no frame {frame_id} of patient {job.seed}")
        image = beamformer(data)
        pixels = resample(image.pixels, ImageGrid.of(image), NETWORK_GRID).astype(np.uint8)
        frames.append((pixels, frame_truth(patient, base_probe, time_s, pixels, NETWORK_GRID)))
    partial = job.path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **_stack(frames))  # type: ignore[arg-type]
    partial.rename(job.path)


def _stack(frames: list[tuple[NDArray[np.uint8], FrameTruth]]) -> dict[str, NDArray[np.generic]]:
    """Arrays with the frame as their first axis."""
    truths = [truth for _, truth in frames]
    return {
        "pixels": np.stack([pixels for pixels, _ in frames]),
        "classes": np.stack([t.classes for t in truths]),
        "probability": np.stack([t.probability for t in truths]),
        "near": np.stack([t.near for t in truths]),
        "known": np.stack([t.known for t in truths]),
        "offset": np.stack([t.offset for t in truths]),
        "angle": np.stack([t.angle for t in truths]),
        "quality": np.array([t.quality for t in truths], dtype=np.float32),
        "contact": np.array([t.contact for t in truths], dtype=np.float32),
    }


def _is_whole(job: PatientJob) -> bool:
    """Whether the file of a job is there, readable and has as many images as asked."""
    if not job.path.is_file():
        return False
    try:
        with np.load(job.path) as data:
            return len(data["quality"]) == job.n_images
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return False
