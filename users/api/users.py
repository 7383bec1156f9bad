"""/api/users/ — create, read, update accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from amara_api.kernel import site
from amara_api.kernel.errors import InvalidInput, NotByThisKey
from amara_api.kernel.rest.fields import FlagField, TextField
from amara_api.kernel.rest.pagination import Page
from amara_api.kernel.rest.policies import ACCOUNT, account_that
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from users import keys, services
from users.api.answers import UserAnswer
from users.hashers import MAX_PASSWORD
from users.lookups import find_user
from users.models import User
from users.policies import may_create_users, may_edit_user, may_hold_account, may_log_in_as

if TYPE_CHECKING:
    from rest_framework.request import Request


# What opens an account.
_OPENING = frozenset({"email", "password"})


class UserUpdateInput(InputSerializer):
    """What the owner of an account may change. Whatever is left out stays."""

    resource = "user"

    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    password = TextField(
        required=False,
        trim_whitespace=False,
        max_length=MAX_PASSWORD,
        style={"input_type": "password"},
    )
    first_name = TextField(required=False, allow_blank=True, max_length=30)
    last_name = TextField(required=False, allow_blank=True, max_length=30)
    full_name = TextField(required=False, allow_blank=True, max_length=63)
    biography = TextField(required=False, allow_blank=True, max_length=20_000)
    homepage = serializers.URLField(required=False, allow_blank=True, max_length=500)
    create_login_token = FlagField(required=False)


class UserCreateInput(UserUpdateInput):
    """A new account. Only ``username`` is needed."""

    username = TextField(trim_whitespace=False, max_length=services.USERNAME_LENGTH)
    is_partner = FlagField(required=False)
    find_unique_username = FlagField(required=False)


class UserSchema(serializers.Serializer[Data]):
    """An account."""

    username = serializers.CharField()
    id = serializers.CharField(help_text="Never changes, unlike the user name.")
    full_name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    biography = serializers.CharField()
    homepage = serializers.CharField()
    avatar = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    num_videos = serializers.IntegerField(help_text="How many videos this person follows.")
    activity_uri = serializers.URLField()
    resource_uri = serializers.URLField()
    created_by = serializers.CharField(allow_null=True)
    is_partner = serializers.BooleanField()
    email = serializers.CharField(required=False, help_text="Only after POST and PUT.")
    api_key = serializers.CharField(required=False, help_text="Only after POST, and never again.")
    auto_login_url = serializers.URLField(
        required=False, help_text="Logs the person in once, within two hours."
    )


class UserViewSet(ResourceViewSet):
    """Accounts. A person is named by user name or by `id$ID`, which never changes; `me` is you."""

    policies: ClassVar = {
        "list": ACCOUNT,
        "create": account_that(may_create_users),
        "retrieve": ACCOUNT,
        "me": ACCOUNT,
        "update": account_that(may_edit_user),
        "partial_update": account_that(may_edit_user),
    }
    inputs: ClassVar = {
        "create": UserCreateInput,
        "update": UserUpdateInput,
        "partial_update": UserUpdateInput,
    }
    resources: ClassVar = ("user",)
    ended: ClassVar = {"list": "user_list"}
    tells_of_caller: ClassVar = frozenset({"me"})

    target: User

    def load(self, *, identifier: str | None = None) -> User | None:
        if self.action == "me":
            return self._caller
        return None if identifier is None else find_user(identifier)

    @property
    def _caller(self) -> User:
        """Every action here needs an account, and that is asked first."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    @extend_schema(exclude=True)
    def list(self, request: Request) -> Response:
        """List the accounts that are open, by name."""
        found = User.objects.filter(is_active=True).select_related("created_by")
        return Response(
            Page(request).of_query(found.order_by("username"), UserAnswer(request).page)
        )

    @extend_schema(request=UserCreateInput, responses={201: UserSchema})
    def create(self, request: Request) -> Response:
        """Create an account. The answer holds its e-mail and API key, which no later one does."""
        fields = self.read()
        wants_link = fields.pop("create_login_token", False)
        find_unique = fields.pop("find_unique_username", False)
        if not self._caller.is_partner:
            fields.pop("is_partner", None)
        user, key = services.create_user(actor=request.user, find_unique=find_unique, **fields)
        created = status.HTTP_201_CREATED
        return self._answer(user, wants_link, created, email=user.email, api_key=key)

    @extend_schema(responses=UserSchema)
    def retrieve(self, request: Request, identifier: str) -> Response:
        """Read an account."""
        return Response(UserAnswer(request)(self.target))

    @extend_schema(responses=UserSchema)
    def me(self, request: Request) -> Response:
        """Read the account that the key belongs to."""
        return Response(UserAnswer(request)(self.target))

    @extend_schema(request=UserUpdateInput, responses=UserSchema)
    def update(self, request: Request, identifier: str) -> Response:
        """Change your own account; staff may change anybody's."""
        fields = self.read()
        wants_link = fields.pop("create_login_token", False)
        opening = wants_link or not _OPENING.isdisjoint(fields)
        if opening and not (decision := may_hold_account(self._caller, self.target)):
            raise NotByThisKey(decision.reason)
        if wants_link and not (decision := may_log_in_as(self._caller, self.target)):
            raise InvalidInput.field("create_login_token", decision.reason)
        user = services.update_user(self.target, actor=request.user, **fields)
        return self._answer(user, wants_link, status.HTTP_200_OK, email=user.email)

    @extend_schema(request=UserUpdateInput, responses=UserSchema)
    def partial_update(self, request: Request, identifier: str) -> Response:
        """Change some fields, which is what PUT does too."""
        return self.update(request, identifier)

    def _answer(self, user: User, wants_link: bool, status: int, **extra: str) -> Response:
        answer = UserAnswer(self.request)
        if wants_link:
            path = reverse(
                "auto-login", args=[keys.issue_login_token(user, actor=self.request.user)]
            )
            extra["auto_login_url"] = f"{site.address(self.request)}{path}"
        return Response(answer(user, **extra), status=status)
