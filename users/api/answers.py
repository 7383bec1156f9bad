"""How accounts are printed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q

from amara_api.kernel.ids import USER_ID_PREFIX
from amara_api.kernel.rest.links import Links
from amara_api.kernel.rest.serializers import Answer
from amara_api.kernel.shapes import Data
from amara_api.kernel.times import iso
from users.models import ApiKey, User


def user_uri(links: Links, public_id: str) -> str:
    return links(f"users/{USER_ID_PREFIX}{public_id}/")


def user_object(links: Links, username: str | None, public_id: str | None) -> dict[str, str] | None:
    """A person inside another resource: ``{username, id, uri}``, or null when there is nobody."""
    if username is None or public_id is None:
        return None
    return {"username": username, "id": public_id, "uri": user_uri(links, public_id)}


def _followed_by(user: User) -> int:
    """Only the public ones: what hidden teams work on is not even counted."""
    return user.followed.filter(video__is_public=True).count()


class KeyAnswer(Answer[ApiKey]):
    """A key of an account; never the key itself, but ``api_key`` once, when it is made."""

    resource = "key"

    def build(self, key: ApiKey, /, *, owner: User, **extra: str) -> dict[str, Data]:
        return {
            "id": key.pk,
            "label": key.label,
            "scope": key.scope,
            "created": iso(key.created),
            "expires": iso(key.expires),
            "last_used": key.last_used and key.last_used.isoformat(),
            "created_by": key.maker and key.maker.username,
            "resource_uri": self.links(f"users/{owner.identifier}/keys/{key.pk}/"),
            **extra,
        }


class UserAnswer(Answer):
    """An account as anybody with a login may see it: no e-mail, no key."""

    resource = "user"

    def page(self, users: Iterable[User]) -> list[dict[str, Data]]:
        """Printed together, so that the videos they follow are counted once."""
        found = list(users)
        counted = User.objects.filter(pk__in=[user.pk for user in found])
        public = Count("followed", filter=Q(followed__video__is_public=True))
        followed = dict(counted.annotate(n=public).values_list("pk", "n"))
        return [self(user, num_videos=followed.get(user.pk, 0)) for user in found]

    def build(
        self, user: User, /, *, num_videos: int | None = None, **extra: str
    ) -> dict[str, Data]:
        """``extra`` members are what only some answers tell."""
        uri = user_uri(self.links, user.public_id)
        return {
            "username": user.username,
            "id": user.public_id,
            "full_name": user.full_name,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "biography": user.biography,
            "homepage": user.homepage,
            "avatar": user.avatar,
            "languages": user.languages,
            "num_videos": _followed_by(user) if num_videos is None else num_videos,
            "activity_uri": self.links(f"users/{USER_ID_PREFIX}{user.public_id}/activity/"),
            "resource_uri": uri,
            "created_by": user.created_by.username if user.created_by else None,
            "is_partner": user.is_partner,
            **extra,
        }
