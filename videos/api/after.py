"""Pages of videos by the last row of the page before: what `next_page` leads to.

An offset says where a page begins as long as nothing comes or goes before it. The place of a row
does so always, and is found as quickly at the end of a list as at its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing

from amara_api.kernel.errors import InvalidInput
from amara_api.kernel.rest.pagination import AFTER
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from videos.queries import After

if TYPE_CHECKING:
    from videos.queries import Listing, VideoRow

# Without a time: the same answer is the same again.
_SIGNER = signing.Signer(salt="videos.after")


class VideoPageAnswer(Answer):
    """The ``meta`` of a page of videos."""

    resource = "video_page"

    def build(self, meta: dict[str, Data], /, *, next_page: str | None) -> dict[str, Data]:
        return {**meta, "next_page": next_page}


def token(listing: Listing, row: VideoRow) -> str:
    """The place behind a row of a list, as it stands in an address. It is signed: what else people
    might write there need not be thought of."""
    place = [_name(listing), *After.of(row, listing.order)]
    return _SIGNER.sign_object(place)


def read(text: str, listing: Listing) -> After:
    """Raises `InvalidInput` for what is no place of this list in this order."""
    try:
        name, key, video = _SIGNER.unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        name = None
    if name != _name(listing):
        message = "This is not from the `next_page` of this list in this order."
        raise InvalidInput.field(AFTER, message)
    return After(key, video)


def _name(listing: Listing) -> list[Data]:
    """What is asked for; what the caller may see of it may change on the way."""
    asked = {k: v for k, v in listing.filters.items() if not k.startswith("public")}
    return [listing.order, [list(item) for item in sorted(asked.items())]]
