"""Finding a person by what the API calls them: a user name, or ``id$`` and the lasting id."""

from amara_api.kernel.errors import NotThere
from amara_api.kernel.ids import USER_ID_PREFIX
from users.models import User


def named(identifier: str, path: str = "") -> dict[str, str]:
    """The condition on the person to whom ``path`` leads, as `filter` takes it. The announcement
    of December 2016, User Data Changes."""
    if identifier.startswith(USER_ID_PREFIX):
        return {f"{path}public_id": identifier.removeprefix(USER_ID_PREFIX)}
    return {f"{path}username": identifier}


def find_user(identifier: str) -> User:
    """Raises `NotThere`."""
    user = User.objects.filter(**named(identifier)).first()
    if user is None:
        raise NotThere
    return user
