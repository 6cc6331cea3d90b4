"""The overview and the plane pictures."""

import cv2
import numpy as np
import pytest

from sonoreach.reporting.display_image import DisplayImage
from sonoreach.reporting.pictures import palette
from sonoreach.reporting.pictures.force_chart import spans
from sonoreach.reporting.pictures.neck_map import NeckMap
from sonoreach.reporting.pictures.overview import HEIGHT_PX, WIDTH_PX
from sonoreach.reporting.pictures.plane_picture import plane_picture
from sonoreach.reporting.record_file import read_record
from sonoreach.types.pose import Pose


def test_overview_is_a_picture_of_its_size(exam_folder):
    picture = cv2.imread(str(exam_folder / "overview.png"))
    assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3)
    bgr = palette.STRUCTURES["thyroid"][::-1]
    assert (np.abs(picture.astype(int) - bgr).max(axis=2) < 30).sum() > 500, "the thyroid's outline is drawn"


def test_marks_lie_at_their_millimetres():
    display = DisplayImage(np.zeros((100, 200), np.uint8), 1e-3, -0.0995, 0.0005)
    picture = plane_picture(display, 400, calipers_mm=[[[-50.0, 20.0], [50.0, 20.0]]], ruler=False)
    yellow = picture[..., 0] > 80
    rows, columns = np.nonzero(yellow)
    middle = yellow.any(axis=0).nonzero()[0]
    assert middle.min() == pytest.approx(2 * 50 - 6, abs=2) and middle.max() == pytest.approx(2 * 150 + 6, abs=2)
    assert rows.mean() == pytest.approx(2 * 20 - 0.5, abs=1.0)
    assert columns.mean() == pytest.approx(200, abs=2)


def test_map_shows_the_left_to_the_right_and_the_head_up(exam_folder):
    neck = NeckMap.of(read_record(exam_folder))
    left_up = neck.to_map(neck.origin_m + np.array([-0.02, 0.01, 0.0]))[0]
    assert left_up == pytest.approx([10.0, 20.0])
    assert neck.height_mm(neck.origin_m + np.array([0.0, 0.0, 0.005])) == pytest.approx([5.0])


def test_ends_follow_the_probe_not_the_plan(exam_folder):
    neck = NeckMap.of(read_record(exam_folder))
    down = (0.0, 0.0, -1.0)

    def ends(x):
        return neck.ends(Pose.from_axes((0, 0, 0), x, down).quaternion)

    assert ends((0.0, 1.0, 0.0)) == ("R", "L")
    assert ends((0.0, -1.0, 0.0)) == ("L", "R")
    assert ends((1.0, 0.1, 0.0)) == ("Sup", "Inf")
    assert ends((-1.0, 0.0, 0.0)) == ("Inf", "Sup")
    assert ends((1.0, 1.0, 0.0)) == ("", "")


def test_relief_is_smooth_and_ends_with_the_cloud(exam_folder):
    neck = NeckMap.of(read_record(exam_folder))
    x, y, height = neck.relief((-40.0, 40.0, -40.0, 40.0))
    middle = height[np.argmin(abs(y)), np.argmin(abs(x))]
    assert middle > height[np.argmin(abs(y)), 0] + 3.0
    assert np.isnan(neck.relief((-400.0, -300.0, 0.0, 100.0))[2]).all()


def test_spans_of_wanted_planes():
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert spans(["", "a", "a", "b", "a"], times) == [("a", 1.0, 3.0), ("b", 3.0, 4.0), ("a", 4.0, 4.0)]
