"""Frames in bounded memory."""

import numpy as np

from sonoreach.reporting import frame_log
from sonoreach.reporting.frame_log import CINE_AFTER, CINE_BEFORE, FrameLog


def add(log, small, number):
    image = small.image(number)
    log.add(image, number / 15, small.estimate(image, "right_transverse", False), small.state(image))
    return image


def test_the_film_is_thinned_evenly(small, monkeypatch):
    monkeypatch.setattr(frame_log, "FILM_FRAMES", 8)
    log = FrameLog()
    for number in range(40):
        add(log, small, number)
    rows = [frame.row for frame in log.film]
    assert len(log) == 40
    assert len(rows) <= 8
    assert set(np.diff(rows)) == {8} and rows[0] == 0


def test_a_cine_holds_the_frames_around_the_capture(small):
    log = FrameLog()
    for number in range(60):
        image = add(log, small, number)
        if number == 30:
            log.open_cine("right_transverse", image)
    ids = [image.frame_id for image in log.cines["right_transverse"].images]
    assert ids == list(range(31 - CINE_BEFORE, 31 + CINE_AFTER))


def test_a_capture_may_come_late_or_without_history(small):
    log = FrameLog()
    images = [add(log, small, number) for number in range(10)]
    log.open_cine("right_transverse", images[7])
    assert [i.frame_id for i in log.cines["right_transverse"].images] == list(range(8))
    log.open_cine("isthmus_transverse", small.image(99))
    assert log.cines["isthmus_transverse"].images[-1].frame_id == 99


def test_image_without_estimate_or_state():
    from sonoreach.types.image import BModeImage

    log = FrameLog()
    log.add(BModeImage(np.zeros((4, 4), np.uint8), 0.0, 1e-3, 0.0, 1e-3), 0.0, None, None)
    assert log.rows["force_n"] == [None] and log.rows["wanted"] == [""]
