"""/api/editor-login/ — a link that logs somebody in and lands on a video."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from amara_api.errors import InvalidInput, NotThere
from amara_api.rest.fields import LanguageCodeField, TextField
from amara_api.rest.links import Links
from amara_api.rest.policies import ACCOUNT
from amara_api.rest.serializers import InputSerializer
from amara_api.rest.viewsets import ResourceViewSet
from users.keys import issue_login_token
from users.lookups import find_user
from users.policies import may_log_in_as
from videos.api.addresses import find_video


class EditorLoginInput(InputSerializer):
    video_id = TextField(max_length=100)
    user = TextField(help_text="User name, or `id$ID`.")
    language_code = LanguageCodeField(required=False)


class EditorLoginSchema(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="Works once, within two hours.")


class EditorLoginViewSet(ResourceViewSet):
    """Programs that keep their own people send them here to work on a video."""

    policies: ClassVar = {"create": ACCOUNT}
    inputs: ClassVar = {"create": EditorLoginInput}

    @extend_schema(request=EditorLoginInput, responses={201: EditorLoginSchema})
    def create(self, request: Any) -> Response:
        """Make a link that logs a user in. For staff and for who created the user."""
        fields = self.read()
        try:
            video = find_video(request, fields["video_id"])
        except NotThere as error:
            raise InvalidInput.field("video_id", f"Unknown video: {fields['video_id']}") from error
        try:
            user = find_user(fields["user"])
        except NotThere as error:
            raise InvalidInput.field("user", "Invalid User") from error
        if not may_log_in_as(request.user, user):
            raise PermissionDenied
        path = reverse("auto-login", args=[issue_login_token(user)])
        landing = reverse("video-page", args=[video.video_id])
        site = Links.of(request._request).site
        url = f"{site}{path}?{urlencode({'next': landing})}"
        return Response({"url": url}, status=201)
