"""/api/users/me/keys/ — the API keys of an account, for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel.errors import NotThere
from amara_api.kernel.rest.fields import MomentField, TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import account_that
from amara_api.kernel.rest.schemas import PAGE_PARAMETERS, page_of
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from users import keys
from users.api.answers import KeyAnswer
from users.lookups import find_user
from users.models import LABEL_LENGTH, ApiKey, User
from users.policies import may_change_keys, may_list_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from rest_framework.request import Request


class KeyInput(InputSerializer):
    """A new key. Nothing is needed."""

    resource = "key_input"

    label = TextField(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=LABEL_LENGTH
    )
    scope = serializers.ChoiceField(ApiKey.Scope.values, required=False)
    expires = MomentField(required=False, allow_null=True, help_text="Null or left out: never.")

    def validate_expires(self, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError("This moment has passed.")
        return moment


class KeySchema(serializers.Serializer[Data]):
    """A key of an account."""

    id = serializers.IntegerField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    scope = serializers.ChoiceField(ApiKey.Scope.values)
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(allow_null=True)
    last_used = serializers.DateField(allow_null=True, help_text="The day, by UTC.")
    created_by = serializers.CharField(allow_null=True)
    resource_uri = serializers.URLField()


class NewKeySchema(KeySchema):
    """The same with the key, which is shown this once."""

    api_key = serializers.CharField()


class KeyViewSet(ResourceViewSet[User]):
    """The keys of your own account; `me` is you. Nobody else's are listed, to nobody."""

    policies: ClassVar = {
        "list": account_that(may_list_keys),
        "create": account_that(may_change_keys),
        "retrieve": account_that(may_list_keys),
        "destroy": account_that(may_change_keys),
    }
    inputs: ClassVar = {"create": KeyInput}
    resources: ClassVar = ("key",)

    def load(self, *, identifier: str | None = None, number: int | None = None) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user if identifier is None else find_user(identifier)

    @extend_schema(parameters=PAGE_PARAMETERS, responses=page_of(KeySchema))
    def list(self, request: Request, identifier: str | None = None) -> Response:
        """List your keys, oldest first, those that have expired too."""
        found = self._found().order_by("pk")
        answer = KeyAnswer(request)

        def printed(page: Sequence[ApiKey]) -> Sequence[dict[str, Data]]:
            return [answer(key, owner=self.target) for key in page]

        return Response(Page(request).of_query(found, printed))

    @extend_schema(
        request=KeyInput,
        responses={
            201: NewKeySchema,
            403: OpenApiResponse(description="Not with this key, or somebody else's account."),
        },
    )
    def create(self, request: Request, identifier: str | None = None) -> Response:
        """Make a key. The answer alone shows it."""
        made, key = keys.add_key(self.target, actor=request.user, **self.read())
        return self._answer(made, 201, api_key=key)

    @extend_schema(responses=KeySchema)
    def retrieve(self, request: Request, number: int, identifier: str | None = None) -> Response:
        """Read what is known of a key; not the key."""
        return self._answer(self._one(number))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, number: int, identifier: str | None = None) -> Response:
        """Revoke a key: whoever uses it is refused from now on. It may be the one you use."""
        keys.revoke_key(self._one(number), actor=request.user)
        return Response(status=204)

    def _found(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(user=self.target).select_related("maker")

    def _one(self, number: int) -> ApiKey:
        key = self._found().filter(pk=number).first()
        if key is None:
            raise NotThere
        return key

    def _answer(self, key: ApiKey, status: int = 200, **shown: str) -> Response:
        answer = KeyAnswer(self.request)
        return Response(answer(key, owner=self.target, **shown), status=status)
