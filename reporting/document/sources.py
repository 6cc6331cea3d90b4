"""The publications that the report's rules rest on."""

from __future__ import annotations

SOURCES = {
    "volume": "Seifert P. et al., Laryngo-Rhino-Otologie 2023, doi:10.1055/a-2144-4093: upper limit of the adult "
    "thyroid's volume 18 mL (women), 25 mL (men).",
    "isthmus": "Kayastha P. et al., Nepalese Journal of Radiology 2018;8(2), doi:10.3126/njr.v8i2.22979: isthmus "
    "3.1 ± 1.0 mm (485 euthyroid persons); the limit used here is the mean plus two standard deviations, 5.1 mm.",
    "nodule": "Tessler F.N. et al., ACR Thyroid Imaging, Reporting and Data System (TI-RADS), J Am Coll Radiol "
    "2017;14:587-595.",
    "protocol": "AIUM Practice Parameter for the Performance of a Thyroid and Parathyroid Ultrasound Examination.",
}
VOLUME_LIMIT_WOMEN_ML = 18.0
VOLUME_LIMIT_MEN_ML = 25.0
ISTHMUS_LIMIT_MM = 5.1
