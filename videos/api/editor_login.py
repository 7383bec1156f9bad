"""/api/editor-login/ — a link that logs somebody in and lands in the editor, or on a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from amara_api.kernel import site
from amara_api.kernel.errors import InvalidInput, NotThere
from amara_api.kernel.rest.fields import LanguageCodeField, TextField
from amara_api.kernel.rest.policies import ACCOUNT
from amara_api.kernel.rest.serializers import InputSerializer
from amara_api.kernel.rest.viewsets import ResourceViewSet
from amara_api.kernel.shapes import Data
from teams import policies
from teams.workflows import may_work_on
from users.keys import issue_login_token
from users.lookups import find_user
from videos.api.addresses import find_video

if TYPE_CHECKING:
    from rest_framework.request import Request

    from users.models import User


class EditorLoginInput(InputSerializer):
    video_id = TextField(max_length=100)
    user = TextField(help_text="User name, or `id$ID`.")
    language_code = LanguageCodeField(
        required=False,
        help_text="Of the subtitles to edit. Without it the link leads to the video.",
    )


class EditorLoginSchema(serializers.Serializer[Data]):
    url = serializers.URLField(help_text="Works once, within two hours.")


class EditorLoginViewSet(ResourceViewSet):
    """Programs that keep their own people send them here to work on a video."""

    policies: ClassVar = {"create": ACCOUNT}
    inputs: ClassVar = {"create": EditorLoginInput}

    @extend_schema(request=EditorLoginInput, responses={201: EditorLoginSchema})
    def create(self, request: Request) -> Response:
        """Make a login link: for yourself, by staff, or by the creator of a new account."""
        fields = self.read()
        try:
            video = find_video(request, fields["video_id"])
        except NotThere as error:
            raise InvalidInput.field("video_id", f"Unknown video: {fields['video_id']}") from error
        try:
            user = find_user(fields["user"])
        except NotThere as error:
            raise InvalidInput.field("user", "Invalid User") from error
        path = reverse("auto-login", args=[issue_login_token(user, actor=request.user)])
        landing = _landing(user, video.video_id, fields.get("language_code"))
        url = f"{site.address(request)}{path}?{urlencode({'next': landing})}"
        return Response({"url": url}, status=201)


def _landing(user: User, video_id: str, language_code: str | None) -> str:
    """The editor for whoever may work on the language, else the video's page."""
    seen = policies.find_video(user, video_id) if language_code else None
    if language_code and seen is not None and may_work_on(user, seen, language_code):
        return reverse("edit-page", args=[seen.video_id, language_code])
    return reverse("video-page", args=[video_id])
