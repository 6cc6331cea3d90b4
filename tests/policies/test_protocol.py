"""Protocols: what is accepted, and what each refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonoreach.errors import InputError
from sonoreach.policies.protocol import PROTOCOL_FOLDER, Protocol

THYROID = (PROTOCOL_FOLDER / "thyroid.yaml").read_text(encoding="utf-8")
ORDER = ["right_transverse", "right_longitudinal", "isthmus_transverse", "left_transverse", "left_longitudinal"]


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_thyroid_has_its_five_planes_in_order_and_its_force() -> None:
    protocol = Protocol.load("thyroid")
    assert [p.spec.name for p in protocol.planes] == ORDER
    assert protocol.force_n == 3.0
    assert len(protocol.sha256) == 64
    assert all(p.spec.title and p.spec.title_zh and p.spec.rules for p in protocol.planes)


def test_a_file_reads_like_the_name(tmp_path: Path) -> None:
    assert Protocol.load(write(tmp_path, THYROID)).sha256 == Protocol.load("thyroid").sha256


DRIVE = "transmit:\n  drive: {voltage_v: 30.0, sensitivity_pa_v: 2.0e+4, frequency_hz: 7.5e+6, cycles: 2, prf_hz: 3000}"


def test_a_protocol_may_say_how_the_array_is_driven(tmp_path: Path) -> None:
    assert Protocol.load("thyroid").transmit.drive is None
    drive = Protocol.load(write(tmp_path, THYROID.replace("transmit:", DRIVE))).transmit.drive
    assert drive is not None and drive.voltage_v == 30.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("voltage_v: 30.0", "voltage_v: 200", ["mine.yaml: transmit: mechanical index must be at most 1.9, got"]),
        ("cycles: 2,", "cycles: 1500,", ["transmit: thermal index (soft tissue) must be at most 6, got 113"]),
        ("cycles: 2,", "cycles: -2,", ["transmit: drive: cycles must be above 0"]),
        ("cycles: 2,", "", ["transmit: drive: key 'cycles' is missing"]),
        ("  drive", "  probe: L51\n  drive", ["transmit: probe: got 'L51'", "L50-7.5"]),
    ],
)
def test_a_drive_beyond_the_limits_is_refused(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Protocol.load(write(tmp_path, THYROID.replace("transmit:", DRIVE.replace(old, new))))
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("force_n: 3.0", "force_n: 9.0", ["force_n", "9", "5 N"]),
        ("force_n: 3.0", "force_n: three", ["force_n", "number", "three"]),
        ("force_n: 3.0", "force_n: .nan", ["force_n", "nan", "finite"]),
        ("force_n: 3.0", "force_n: 0", ["force_n", "above 0"]),
        ("force_n: 3.0", "force_n: true", ["force_n", "number", "True"]),
        ("force_n: 3.0\n", "", ["force_n", "missing"]),
        ("force_n: 3.0", "force_n: 3.0\nforce: 3.0", ["unknown key 'force'", "force_n"]),
        ("force_n: 3.0", "force_n: 3.0\nforce_n: 2.0", ["force_n", "twice", "line"]),
        ("region: thyroid", "region: knee", ["region", "knee", "thyroid"]),
        ("side: right", "side: up", ["planes[0]", "side", "up", "right, left, middle"]),
        ("structure: thyroid,", "structure: thyriod,", ["structure", "thyriod", "thyroid"]),
        ("max_edge_fraction: 0.35", "max_edge_fraction: 25", ["max_edge_fraction", "25", "0 to 1"]),
        ("name: left_transverse", "name: right_transverse", ["different names", "right_transverse"]),
        ("title: Thyroid examination", "title: 5", ["title", "text", "5"]),
        ("angles_rad: [", "angles_rad: [1.2, ", ["angles_rad", "1.2"]),
        ("[right_lobe_length]", "[right_lobe_girth]", ["right_longitudinal", "right_lobe_girth", "right_lobe_length"]),
        ("region: thyroid", "region: [", ["not valid YAML"]),
        ("region: thyroid", "region: " + "[" * 5000, ["not valid YAML", "recursion"]),
        ("inferior: sternal_notch", "inferior: nose", ["inferior", "nose", "sternal_notch, chin"]),
        ("name: right_transverse", "name: ../up", ["name is '../up'", "a-z"]),
        ("name: thyroid", "name: my thyroid", ["name is 'my thyroid'", "a-z"]),
    ],
)
def test_a_bad_protocol_is_refused_with_the_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    assert old in THYROID
    with pytest.raises(InputError) as caught:
        Protocol.load(write(tmp_path, THYROID.replace(old, new, 1)))
    text = str(caught.value)
    assert "\n" not in text
    for word in [*words, "mine.yaml"]:
        assert word in text


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"unknown protocol 'thyriod', known: .*thyroid"):
        Protocol.load("thyriod")


def test_a_missing_file_and_an_unknown_plane_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Protocol.load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="no plane 'spleen'"):
        Protocol.load("thyroid").plane("spleen")


def test_something_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected keys"):
        Protocol.load(write(tmp_path, "- a\n- b\n"))
