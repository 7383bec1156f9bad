"""How accounts are printed."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count

from amara_api.ids import USER_ID_PREFIX
from amara_api.rest.links import Links
from amara_api.rest.serializers import Answer
from users.models import User


def user_uri(links: Links, public_id: str) -> str:
    return links(f"users/{USER_ID_PREFIX}{public_id}/")


def user_object(links: Links, username: str | None, public_id: str | None) -> dict[str, str] | None:
    """A person inside another resource: ``{username, id, uri}``, or null when there is nobody."""
    if username is None or public_id is None:
        return None
    return {"username": username, "id": public_id, "uri": user_uri(links, public_id)}


class UserAnswer(Answer):
    """An account as anybody with a login may see it: no e-mail, no key."""

    resource = "user"

    def page(self, users: Iterable[User]) -> list[dict[str, Any]]:
        """Printed together, so that the videos they follow are counted once."""
        found = list(users)
        counted = User.objects.filter(pk__in=[user.pk for user in found])
        followed = dict(counted.values_list("pk", Count("followed")))
        return [self(user, num_videos=followed.get(user.pk, 0)) for user in found]

    def build(self, user: User, /, **extra: Any) -> dict[str, Any]:
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
            "num_videos": extra["num_videos"] if "num_videos" in extra else user.followed.count(),
            "activity_uri": self.links(f"users/{USER_ID_PREFIX}{user.public_id}/activity/"),
            "resource_uri": uri,
            "created_by": user.created_by.username if user.created_by else None,
            "is_partner": user.is_partner,
            **extra,
        }
