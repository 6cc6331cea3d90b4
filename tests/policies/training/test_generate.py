"""Which patients images are made of."""

from pathlib import Path

import pytest

from sonoreach.errors import InputError
from sonoreach.policies.training.generate import RESERVED_FROM, TRAINING_SEEDS, VALIDATION_SEEDS, generate


def test_patients_that_judge_are_never_trained_on(tmp_path: Path) -> None:
    out = tmp_path / "images"
    with pytest.raises(InputError, match=f"patient {RESERVED_FROM} is reserved"):
        generate([RESERVED_FROM - 1, RESERVED_FROM], 1, out)
    assert not out.exists(), "refused before any patient is looked at"


def test_training_validation_and_judging_share_no_patient() -> None:
    assert TRAINING_SEEDS[-1] < VALIDATION_SEEDS[0] and VALIDATION_SEEDS[-1] < RESERVED_FROM
