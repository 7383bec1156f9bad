"""Finding a person by what the API calls them: a user name, or ``id$`` and the lasting id."""

from amara_api.kernel.errors import NotThere
from amara_api.kernel.ids import USER_ID_PREFIX
from users.models import User


def find_user(identifier: str) -> User:
    """Raises `NotThere`. The announcement of December 2016, User Data Changes."""
    if identifier.startswith(USER_ID_PREFIX):
        query = User.objects.filter(public_id=identifier.removeprefix(USER_ID_PREFIX))
    else:
        query = User.objects.filter(username=identifier)
    user = query.first()
    if user is None:
        raise NotThere
    return user
