"""The film plays, in the exam's own time."""

import cv2
import numpy as np
import pytest

from sonoreach.reporting.exam_folder import ExamFolder


def play(path):
    video = cv2.VideoCapture(str(path))
    rate = video.get(cv2.CAP_PROP_FPS)
    frames = []
    while True:
        ok, frame = video.read()
        if not ok:
            return rate, frames
        frames.append(frame)


def test_it_plays(exam_folder):
    rate, frames = play(exam_folder / "exam.mp4")
    assert rate == pytest.approx(15.0, abs=0.1)
    assert len(frames) == 50
    assert frames[0].shape == (720, 1280, 3)
    image = np.array([frame[70:500, 40:600].astype(float) for frame in frames[:2]])
    assert image.std() > 20, "the ultrasound image is in it"
    assert np.abs(image[0] - image[1]).mean() > 3, "and it moves"


def test_the_arm_is_drawn_where_it_is_known(tmp_path, small):
    import dataclasses

    shots = {}
    for name, skeleton in (("with", lambda q: np.array([[0, 0, 0], [0, 0, 0.4], [0.5, 0, 0.3]]) + q[0]), ("no", None)):
        folder = ExamFolder(tmp_path / name, small.header(), small.registration(), skeleton)
        for number in range(3):
            frame = small.image(number)
            state = dataclasses.replace(small.state(frame), joint_position_rad=np.zeros(7))
            folder.add_image(frame, small.estimate(frame, "right_transverse", False), state)
        shots[name] = play(folder.finish([], "test") / "exam.mp4")[1][1]
    panel = np.abs(shots["with"][90:290, 645:935].astype(int) - shots["no"][90:290, 645:935]).mean()
    assert panel > 2
