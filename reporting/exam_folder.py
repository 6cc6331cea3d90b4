"""The result folder of one exam: collected while the exam runs, written at its end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.reporting.exam_record import build_record, registration_record
from sonoreach.reporting.fonts import cjk_font
from sonoreach.reporting.frame_log import FrameLog
from sonoreach.reporting.jsonable import jsonable
from sonoreach.reporting.record_file import start_of, write_record
from sonoreach.reporting.staged_folder import StagedFolder
from sonoreach.types.exam import CapturedPlane, PlaneResult
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.probe import ProbeState
from sonoreach.types.registration import PatientRegistration

# Maps joint angles [rad] to the points along the arm, shape (n, 3), base frame [m].
ArmSkeleton = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class ExamFolder:
    """Collects an exam in bounded memory and writes its folder.

    Nothing appears under the wanted name before `finish`: until then files lie in `path`, a sibling folder where
    recorders may place files of their own.
    """

    def __init__(
        self,
        out: Path,
        header: ExamHeader,
        registration: PatientRegistration | None = None,
        arm_skeleton: ArmSkeleton | None = None,
    ) -> None:
        """Check the output folder at the door.

        Args:
            out: folder to write; new or empty.
            header: what the exam is.
            registration: where the patient lies, for the pictures.
            arm_skeleton: the arm's shape, for the film.

        Raises:
            InputError: the folder is not empty or cannot be written.
            SonoReachError: the report could not be set for want of a font.
        """
        cjk_font()  # better said now than when the exam is over
        self.header = header
        self._staged = StagedFolder(out)
        self._registration = registration
        self._arm_skeleton = arm_skeleton
        self._log = FrameLog()
        self._timeline: list[dict[str, Any]] = []
        self._captures: dict[str, CapturedPlane] = {}
        self._measurements: dict[str, Measurement] = {}
        self._start_s: float | None = None
        self._model_hash = header.model_hash

    @property
    def path(self) -> Path:
        """Where files go: the sibling folder, after `finish` the folder itself."""
        return self._staged.path

    @property
    def out(self) -> Path:
        """The folder as it will be called."""
        return self._staged.out

    def add_image(self, image: BModeImage, estimate: PlaneEstimate | None, state: ProbeState | None) -> None:
        """Take one image with what perception said of it and the probe's state, either None when not known."""
        if estimate is not None and estimate.model_hash:
            self._model_hash = estimate.model_hash
        self._log.add(image, self._time(image.stamp_s), estimate, state)

    def add_event(self, stamp_s: float, kind: str, **fields: Any) -> None:
        """Take one decision, e.g. `add_event(t, "capture", plane="isthmus_transverse")`.

        Frame, pose, force and model hash are those of the latest image unless given.
        """
        event = {"time_s": self._time(stamp_s), "kind": kind, "model_hash": self._model_hash}
        for name in ("frame_id", "position_m", "quaternion_xyzw", "force_n"):
            column = self._log.rows.get(name)
            event[name] = column[-1] if column else None
        self._timeline.append(jsonable(event | fields))

    def add_capture(self, capture: CapturedPlane) -> None:
        """Take a captured plane; a later capture of the same plane replaces it."""
        self._captures[capture.plane] = capture
        self._log.open_cine(capture.plane, capture.image)

    def add_measurement(self, measurement: Measurement) -> None:
        """Take a measurement; a later one of the same name replaces it unless only the earlier one has a value."""
        known = self._measurements.get(measurement.name)
        if known is None or known.value is None or measurement.value is not None:
            self._measurements[measurement.name] = measurement

    def finish(self, results: list[PlaneResult], ended: str = "") -> Path:
        """Write everything and rename the folder into place; returns it.

        Args:
            results: outcome of the planes.
            ended: "" when the exam came to its end, else the reason why not.
        """
        record = self._record(results, ended)
        try:
            self._write(record)
        except BaseException:
            self.discard()
            raise
        return self._staged.publish()

    def discard(self) -> None:
        """Throw away what has been collected; nothing is left on the disk."""
        self._staged.discard()

    def _record(self, results: list[PlaneResult], ended: str) -> dict[str, Any]:
        record = build_record(
            self.header,
            results,
            self._captures,
            list(self._measurements.values()),
            self._timeline,
            self._log.rows,
            self._start_s or 0.0,
            ended,
            registration_record(self._registration) if self._registration else None,
        )
        record["wall_clock"] = self._wall_clock()
        return record

    def _write(self, record: dict[str, Any]) -> None:
        # pydicom, highdicom, typst and matplotlib take seconds to import: only here, when the exam is over.
        from sonoreach.reporting.dicom.exam_objects import write_images
        from sonoreach.reporting.dicom.exam_study import study_of
        from sonoreach.reporting.pictures.film import write_film
        from sonoreach.reporting.products import write_products

        write_record(record, self.path)
        with ThreadPoolExecutor(1) as second_core:
            film = second_core.submit(write_film, record, self._log.film, self._arm_skeleton, self.path / "exam.mp4")
            images = write_images(record, self._captures, self._log.cines, study_of(record), self.path)
            write_products(record, images, self.path)
            film.result()

    def _time(self, stamp_s: float) -> float:
        if self._start_s is None:
            self._start_s = float(stamp_s)
        return round(stamp_s - self._start_s, 6)

    def _wall_clock(self) -> dict[str, Any]:
        """The only fields that differ between two runs of the same seeded exam."""
        start = self.header.wall_clock_start
        if not start:
            return {"start": "", "end": ""}
        zone = (start_of({"wall_clock": {"start": start}}) or datetime.now()).tzinfo
        return {"start": start, "end": datetime.now(zone).isoformat(timespec="seconds")}
