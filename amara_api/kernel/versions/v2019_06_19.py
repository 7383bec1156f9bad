"""19 June 2019: input means what it says, and a deprecated copy is gone.

Source: the hosted service's announcement of April 2019.
"""

from amara_api.kernel.versions.base import Body, Change, dropped

DATE = 20190619


def _empty_is_absent(body: Body) -> Body:
    """The 2016 documentation, Adding a video: an empty string counts as not sent, and for team
    and project the text "null" counts as null. Blanks are empty, as in every text of the API."""
    lifted = {}
    for key, value in body.items():
        text = value.strip() if isinstance(value, str) else None
        if text != "":
            lifted[key] = None if text == "null" and key in ("team", "project") else value
    return lifted


def _without_next_page(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != "next_page"}


CHANGES = [
    Change(
        DATE,
        "video_page",
        "`next_page` leads on by the last row of a page of videos; there were offsets alone.",
        _without_next_page,
    ),
    dropped(
        DATE,
        "video",
        name="original_language",
        copy_of="primary_audio_language_code",
        note="`original_language`, a copy of `primary_audio_language_code`, is gone from videos.",
    ),
    Change(
        DATE,
        "video_input",
        'On videos, `""`, blanks and the text `"null"` mean themselves; they meant "absent" and '
        "null.",
        up=_empty_is_absent,
    ),
    Change(
        DATE,
        "video_url",
        "`original` of a url is the server's to say: on input it is ignored.",
        ignored=("original",),
    ),
]
