"""The coded concepts that our objects use, with the context groups of PS3.16 they come from."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset


@dataclass(frozen=True)
class Code:
    """A coded concept (PS3.3 Section 8): value, coding scheme designator, meaning."""

    value: str
    scheme: str
    meaning: str

    def dataset(self) -> Dataset:
        """The item of a code sequence."""
        item = Dataset()
        item.CodeValue = self.value
        item.CodingSchemeDesignator = self.scheme
        item.CodeMeaning = self.meaning
        return item


THYROID = Code("69748006", "SCT", "Thyroid")  # CID 4
# CID 12130, 12131: parts of the thyroid
RIGHT_LOBE = Code("29565003", "SCT", "Right lobe of thyroid")
LEFT_LOBE = Code("79163004", "SCT", "Left lobe of thyroid")
ISTHMUS = Code("40867004", "SCT", "Thyroid isthmus")
# CID 7470 linear, 7472 volume measurements; CID 7474 volume methods
LENGTH = Code("410668003", "SCT", "Length")
WIDTH = Code("103355008", "SCT", "Width")
DEPTH = Code("131197000", "SCT", "Depth")
THICKNESS = Code("59089-3", "LN", "Thickness")
VOLUME = Code("118565006", "SCT", "Volume")
ELLIPSOID_METHOD = Code("126029", "DCM", "LWH method for volume of ellipsoid")
# CID 42: why a numeric value is missing
MEASUREMENT_FAILURE = Code("114006", "DCM", "Measurement failure")
MEASUREMENT_NOT_ATTEMPTED = Code("114007", "DCM", "Measurement not attempted")
# CID 7000 / 12320 documents, CID 7021 measurement report titles
US_THYROID_REPORT = Code("25010-0", "LN", "US Thyroid Report")
IMAGING_MEASUREMENT_REPORT = Code("126000", "DCM", "Imaging Measurement Report")
COMMENT = Code("121106", "DCM", "Comment")
