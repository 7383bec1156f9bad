"""The API key header, answered from the key table."""

from amara_api.kernel.credentials import Credential
from amara_api.kernel.rest.authentication import HeaderKeyAuthentication
from users import keys
from users.models import User


class KeyAuthentication(HeaderKeyAuthentication):
    def owner_of(self, key: str, *, whole: bool) -> User | None:
        return keys.owner_of(key, whole=whole)

    def used(self, credential: Credential) -> None:
        keys.note_use(credential)
