"""The study that every DICOM object of an exam belongs to: patient, equipment, times, identifiers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from sonoreach import __version__

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:sonoreach:dicom")
IMPLEMENTATION_CLASS_UID = f"2.25.{uuid.uuid5(NAMESPACE, 'implementation class').int}"
MANUFACTURER = "SonoReach"


@dataclass(frozen=True)
class Study:
    """What the objects of one study share.

    Attributes:
        key: text that names the study's content; equal keys give equal UIDs, so a seeded exam reproduces them.
        patient_id, patient_name: identity; the name as "Family^Given".
        simulated: whether the patient is a simulated one (then flagged as a quality-control subject).
        start: local time of the start; None leaves dates and times empty.
        description: study description.
        station: name of the station.
        model_name: manufacturer's model name.
        software_version: version of the software.
        serial_number: serial number of the device.
    """

    key: str
    patient_id: str = ""
    patient_name: str = ""
    simulated: bool = False
    start: datetime | None = None
    description: str = "Ultrasound"
    station: str = "SonoReach"
    model_name: str = "SonoReach"
    software_version: str = __version__
    serial_number: str = "0"

    def uid(self, *parts: object) -> UID:
        """UID of one thing of the study, as UUID-derived 2.25 (PS3.5 B.2), deterministic in key and parts."""
        return UID(f"2.25.{uuid.uuid5(NAMESPACE, '/'.join([self.key, *map(str, parts)])).int}")

    def instance(
        self, sop_class: str, series: str, series_number: int, instance_number: int, modality: str
    ) -> FileDataset:
        """A data set with the modules that all our objects share (PS3.3 C.7.1-C.7.5, C.12.1).

        Args:
            sop_class: SOP Class UID.
            series: name of the series, a part of its UID.
            series_number, instance_number: numbers within the study and within the series.
            modality: "US", "SR", "DOC".
        """
        sop_instance = self.uid("instance", series, instance_number)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = UID(sop_class)
        meta.MediaStorageSOPInstanceUID = sop_instance
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
        meta.ImplementationVersionName = f"SONOREACH {__version__}"[:16]
        dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.SOPClassUID = UID(sop_class)
        dataset.SOPInstanceUID = sop_instance
        self._add_patient_and_study(dataset)
        dataset.Modality = modality
        dataset.SeriesInstanceUID = self.uid("series", series)
        dataset.SeriesNumber = series_number
        dataset.SeriesDescription = series[:64]
        dataset.InstanceNumber = instance_number
        dataset.Manufacturer = MANUFACTURER
        dataset.ManufacturerModelName = self.model_name
        dataset.StationName = self.station[:16]
        dataset.SoftwareVersions = self.software_version
        dataset.DeviceSerialNumber = self.serial_number
        return dataset

    def _add_patient_and_study(self, dataset: Dataset) -> None:
        dataset.PatientName = self.patient_name
        dataset.PatientID = self.patient_id
        dataset.PatientBirthDate = ""
        dataset.PatientSex = ""
        if self.simulated:
            dataset.QualityControlSubject = "YES"
            dataset.PatientComments = "Simulated patient: the images come from a simulation, not from a person."
        dataset.StudyInstanceUID = self.uid("study")
        dataset.StudyID = str(self.uid("study"))[-8:]
        dataset.StudyDescription = self.description[:64]
        dataset.AccessionNumber = ""
        dataset.ReferringPhysicianName = ""
        dataset.StudyDate = self.date
        dataset.StudyTime = self.time

    @property
    def date(self) -> str:
        """Start date as DICOM DA, "" when unknown."""
        return self.start.strftime("%Y%m%d") if self.start else ""

    @property
    def time(self) -> str:
        """Start time as DICOM TM, "" when unknown."""
        return self.start.strftime("%H%M%S") if self.start else ""


def save(dataset: Any, path: Path) -> Path:
    """Write a data set as a DICOM file (PS3.10) and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path
