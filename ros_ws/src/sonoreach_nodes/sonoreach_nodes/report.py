"""The report: collects each exam as it goes and writes its folder at the end."""

from __future__ import annotations

from pathlib import Path

from sonoreach_msgs.msg import CapturedPlane as CapturedPlaneMsg
from sonoreach_msgs.srv import OpenReport, WriteReport

from sonoreach.errors import InputError, SonoReachError
from sonoreach.policies.protocol import Protocol
from sonoreach.reporting.exam_folder import ExamFolder
from sonoreach.reporting.exam_header import ExamHeader
from sonoreach.reporting.staged_folder import check_output
from sonoreach.types.exam import CapturedPlane, ExamEvent, PlaneResult
from sonoreach.types.image import BModeImage
from sonoreach.types.measurement import Measurement
from sonoreach.types.plane import PlaneEstimate
from sonoreach_nodes import qos
from sonoreach_nodes.convert.arm import state_from_msg
from sonoreach_nodes.convert.exam import capture_from_msg, event_from_msg, result_from_msg
from sonoreach_nodes.convert.imaging import image_from_msg, registration_from_msg
from sonoreach_nodes.convert.plane import estimate_from_msg, measurement_from_msg
from sonoreach_nodes.open_exam import exam_header, next_folder, open_folder
from sonoreach_nodes.recorder import REGISTRATION, Recorder
from sonoreach_nodes.station_node import StationNode


class ReportNode(StationNode):
    """Serves `/report/open` and `/report/write`; in between it collects the exam and records the topics."""

    niceness = 5

    def __init__(self) -> None:
        """Check the output folder and listen."""
        super().__init__("report")
        self._out = Path(self.text("out", "exams", "folder of the exams: each gets a new folder in it"))
        self._one_exam = self.flag("one_exam", False, "whether `out` is itself the folder of the only exam")
        self._patient = self.integer("patient", -1, "seed of the simulated patient; -1 for a person", -1, 2**31 - 1)
        self.text("patient_id", "", "identifier of the next exam's person", fixed=False)
        self.text("patient_name", "", "name of the next exam's person, Family^Given", fixed=False)
        self._model = self.text("model", "", "ONNX file of the perception model; empty: the one of SonoReach")
        check_output(self._place("exam"))  # better said now than when the first exam starts
        self._folder: ExamFolder | None = None
        self.at_end(self._discard)  # nothing half-written is left behind
        self._recorder = Recorder(
            self,
            channel_data=self.flag("record", False, "whether channel data are recorded too"),
            frame_rate_hz=self.number("frame_rate_hz", 17.0, "frames a second [Hz]", 0.1, 100.0),
        )
        self.at_end(self._recorder.close)
        self._waiting: BModeImage | None = None
        self._begun = False  # images before the exam's first decision are not part of it
        self._recorder.listen("/beamformer/image", image_from_msg, self._take_image)
        self._recorder.listen("/perception/plane", estimate_from_msg, self._take_estimate)
        self._recorder.listen("/exam/event", event_from_msg, self._take_event)
        self._recorder.listen("/measurement/result", measurement_from_msg, self._take_measurement)
        self.listen("/exam/capture", CapturedPlaneMsg, capture_from_msg, self._take_capture, qos.EVENTS)
        self.create_service(OpenReport, "/report/open", self._open)
        self.create_service(WriteReport, "/report/write", self._write)

    def _discard(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.discard()

    def _place(self, protocol: str) -> Path:
        """The folder of an exam that starts now."""
        return self._out if self._one_exam else next_folder(self._out, protocol)

    def _header(self, request: OpenReport.Request) -> ExamHeader:
        return exam_header(
            Protocol.load(request.protocol),
            request.planes,
            self._patient,
            "graph",
            patient_id=str(self.get_parameter("patient_id").value),
            patient_name=str(self.get_parameter("patient_name").value),
            model=self._model,
        )

    def _open(self, request: OpenReport.Request, response: OpenReport.Response) -> OpenReport.Response:
        """Begin an exam; one that nobody ended, because the exam node died, is kept as it is.

        Asked twice, it begins afresh: the first answer may have been lost.
        """
        try:
            if self._folder is not None and self._begun:
                self._finish([], "the exam was broken off, and another one started")
            self._recorder.close()
            self._discard()
            header = self._header(request)
            self._folder = open_folder(
                self._place(header.protocol), header, self._recorder.latest(REGISTRATION, registration_from_msg)
            )
        except (SonoReachError, OSError) as error:
            response.message = str(error)
            return response
        self._waiting, self._begun = None, False
        self._recorder.start(self._folder.path)
        response.success, response.folder = True, str(self._folder.out)
        return response

    def _take_image(self, image: BModeImage) -> None:
        """An image waits for its estimate, at most until the next image."""
        self._add(None)
        self._waiting = image if self._begun else None

    def _take_estimate(self, estimate: PlaneEstimate) -> None:
        if self._waiting is not None and self._waiting.frame_id == estimate.frame_id:
            self._add(estimate)

    def _take_event(self, event: ExamEvent) -> None:
        if self._folder is not None:
            self._begun = True
            self._folder.add_event(event.stamp_s, event.kind, **event.record)

    def _take_measurement(self, measurement: Measurement) -> None:
        if self._folder is not None:
            self._folder.add_measurement(measurement)

    def _take_capture(self, capture: CapturedPlane) -> None:
        if self._folder is not None:
            self._folder.add_capture(capture)

    def _add(self, estimate: PlaneEstimate | None) -> None:
        if self._waiting is not None and self._folder is not None:
            state = self._recorder.latest("/arm/probe_state", state_from_msg)
            self._folder.add_image(self._waiting, estimate, state)
            self._waiting = None

    def _write(self, request: WriteReport.Request, response: WriteReport.Response) -> WriteReport.Response:
        try:
            results = [result_from_msg(result) for result in request.results]
            response.folder = str(self._finish(results, request.ended_because))
            response.success = True
        except (SonoReachError, OSError) as error:
            response.message = f"the report could not be written: {error}"
        return response

    def _finish(self, results: list[PlaneResult], ended: str) -> Path:
        """Write the folder that is open; whatever comes of it, the next exam starts afresh."""
        folder = self._folder
        if folder is None:
            raise InputError("no exam is open, or its report has been written already")
        self._add(None)
        self._recorder.close()
        self._folder, self._begun = None, False
        return folder.finish(results, ended)
