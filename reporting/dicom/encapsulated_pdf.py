"""Encapsulated PDF Storage: the report as people read it, inside a DICOM object (PS3.3 A.45.1)."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import EncapsulatedPDFStorage

from sonoreach.reporting.dicom.codes import Code
from sonoreach.reporting.dicom.study import Study


def encapsulated_pdf(pdf: bytes, title: str, concept: Code, sources: Sequence[Dataset], study: Study) -> FileDataset:
    """Build the object.

    Args:
        pdf: the PDF file's bytes.
        title: document title.
        concept: what kind of document it is (CID 7000).
        sources: data sets that the document rests on.
        study: the study it belongs to.
    """
    dataset = study.instance(EncapsulatedPDFStorage, "Report document", 4, 1, "DOC")
    dataset.ConversionType = "WSD"
    dataset.ContentDate = study.date
    dataset.ContentTime = study.time
    dataset.AcquisitionDateTime = study.date + study.time
    dataset.BurnedInAnnotation = "YES"
    dataset.RecognizableVisualFeatures = "NO"
    dataset.DocumentTitle = title
    dataset.ConceptNameCodeSequence = [concept.dataset()]
    if sources:
        dataset.SourceInstanceSequence = [_reference(source) for source in sources]
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(pdf)
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return dataset


def _reference(source: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = source.SOPClassUID
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    return item
