"""The yardstick for the interface that `manage.py serve` speaks.

The way between the server and the threads is the project's own, so that what is compared is what
Django does in them. Django's own ASGI handler has a new thread, and with it a new connection to the
database, for each request.
"""

import os
from typing import TYPE_CHECKING

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.yardstick.settings"
django.setup(set_prefix=False)

from amara_api.kernel.intake.asgi import Front  # noqa: E402

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from django.http.response import HttpResponseBase


class Bare(WSGIHandler):
    def answer(self, environ: "WSGIEnvironment") -> "HttpResponseBase":
        return self.get_response(WSGIRequest(environ))


application = Front(Bare().answer, threads=int(os.environ["THREADS"]))
