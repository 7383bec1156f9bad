"""Every error → status and body, in the caller's data format."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db.utils import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from amara_api import errors
from amara_api.rest.body import BodyTooLarge
from amara_api.rest.renderers import JSONRenderer

logger = logging.getLogger("amara_api.errors")


class Unavailable(exceptions.APIException):
    status_code = 503
    default_detail = "The database is not available. Try again in a moment."
    wait = 5


class ConflictError(exceptions.APIException):
    status_code = 409
    default_detail = "Somebody else changed this at the same moment. Try again."


def to_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``: None only for what is our own defect (a logged 500)."""
    request = context.get("request")
    if request is not None and getattr(request, "accepted_renderer", None) is not None:
        # A subtitle format cannot say what went wrong.
        if not getattr(request.accepted_renderer, "renders_errors", True):
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
    if isinstance(error, errors.InvalidInput):
        return Response(error.body, status=400)
    return exception_handler(_as_api_error(error), context)


def _as_api_error(error: Exception) -> Exception:
    match error:
        case errors.NotThere():
            return exceptions.NotFound()
        case errors.NotAllowed():
            return exceptions.PermissionDenied()
        case errors.Conflict():
            return ConflictError(str(error) or None)
        case RequestDataTooBig():
            return BodyTooLarge()
        case SuspiciousOperation():
            return exceptions.ParseError()
        case IntegrityError():
            # Every rule with words of its own is checked before; what is left is a race.
            logger.exception("changes collided")
            return ConflictError()
        case DataError() | ProgrammingError() | NotSupportedError():
            return error
        case DatabaseError() | InterfaceError():
            logger.exception("database unavailable")
            return Unavailable()
    return error
    return error
