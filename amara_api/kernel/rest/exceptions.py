"""Every error → status and body, in the caller's data format."""

import logging

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

from amara_api.kernel import errors
from amara_api.kernel.intake.body import BodyTooLarge
from amara_api.kernel.rest.renderers import JSONRenderer
from amara_api.kernel.rest.throttling import TooManyRequests
from amara_api.kernel.shapes import Data

logger = logging.getLogger("amara_api.kernel.errors")


class Unavailable(exceptions.APIException):
    status_code = 503
    default_detail = "The database is not available. Try again in a moment."

    def __init__(self, detail: str | None = None, *, wait: int = 5) -> None:
        super().__init__(detail)
        self.wait = wait


class ConflictError(exceptions.APIException):
    status_code = 409
    default_detail = "Somebody else changed this at the same moment. Try again."


def database_is_away(error: BaseException | None) -> bool:
    """Whether trying again may help; what is left of the database's errors is our own defect."""
    ours = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
    return isinstance(error, DatabaseError | InterfaceError) and not isinstance(error, ours)


def to_response(error: Exception, context: dict[str, Data]) -> Response | None:
    """DRF's ``EXCEPTION_HANDLER``: None only for what is our own defect (a logged 500)."""
    request = context.get("request")
    if request is not None and getattr(request, "accepted_renderer", None) is not None:
        # A subtitle format cannot say what went wrong.
        if not getattr(request.accepted_renderer, "renders_errors", True):
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = JSONRenderer.media_type
    if isinstance(error, errors.InvalidInput):
        return Response(errors.shortened(error.body), status=400)
    response = exception_handler(_as_api_error(error), context)
    if response is not None:
        response.data = errors.shortened(response.data)
    return response


def _as_api_error(error: Exception) -> Exception:  # noqa: C901 - one case an error
    match error:
        case errors.DomainError():
            return _of_domain(error)
        case RequestDataTooBig():
            return BodyTooLarge()
        case SuspiciousOperation():
            return exceptions.ParseError()
        case IntegrityError():
            # Every rule with words of its own is checked before; what is left is a race, which
            # callers can bring about: one line of it.
            logger.warning("changes collided: %s", _first_line(error))
            return ConflictError()
    if database_is_away(error):
        logger.error("database unavailable: %s", _first_line(error))
        return Unavailable()
    return error


def _of_domain(error: errors.DomainError) -> Exception:
    match error:
        case errors.NotThere():
            return exceptions.NotFound()
        case errors.NotByThisKey():
            return exceptions.PermissionDenied(str(error))
        case errors.NotAllowed():
            return exceptions.PermissionDenied()
        case errors.TooMany():
            return TooManyRequests(error)
        case errors.Busy():
            return Unavailable(str(error), wait=error.wait)
        case errors.Conflict():
            return ConflictError(str(error) or None)
    return error


def _first_line(error: Exception) -> str:
    """The constraint or the reason. PostgreSQL tells values of rows in the lines below."""
    return next(iter(str(error).splitlines()), "")
