"""The API key header, answered from the key table."""

from amara_api.rest.authentication import HeaderKeyAuthentication
from users import keys
from users.models import User


class KeyAuthentication(HeaderKeyAuthentication):
    def owner_of(self, key: str) -> User | None:
        return keys.owner_of(key)
