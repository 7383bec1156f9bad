import re

import pytest

from amara_api.kernel import ids


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (ids.new_video_id, r"[A-Za-z0-9]{12}"),
        (ids.new_user_id, r"[A-Za-z0-9_-]{43}"),
        (ids.new_key, r"[0-9a-f]{40}"),
        (ids.new_job_id, r"[A-Za-z0-9]{12}"),
    ],
)
def test_an_id_has_its_shape_and_is_new_each_time(make, shape):
    made = [make() for _ in range(1000)]
    assert all(re.fullmatch(shape, each) for each in made)
    assert len(set(made)) == len(made)


def test_every_letter_and_digit_occurs_in_video_ids():
    assert len(set("".join(ids.new_video_id() for _ in range(1000)))) == 62


def test_the_prefix_of_a_user_id_cannot_begin_a_username():
    assert ids.USER_ID_PREFIX == "id$"
