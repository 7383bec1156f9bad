"""The WSGI application, for any server; `manage.py serve` serves `amara_api.asgi`."""

import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import django
from django.conf import settings
from django.core.cache import BaseCache, caches, close_caches
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished
from django.db import connection

from amara_api.kernel import site
from amara_api.kernel.intake.wsgi import Django, Framed

# A worker that cannot work is not to be begun again; servers such as gunicorn know it by this.
_HOPELESS = 3


def _start() -> Django:
    """Another server than `manage.py serve` has not looked how this one is set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")
    try:
        django.setup(set_prefix=False)
    except ImproperlyConfigured as error:
        _end([str(error)])
    from amara_api import assets, installation

    assets.use()
    if site.TOLD not in os.environ:
        errors, warnings = installation.faults()
        if not installation.has_secret():
            errors.append(installation.SECRETLESS)
        if errors:
            _end(errors)
        _say([*warnings, *filter(None, [installation.foreign_secret()])])
        connection.close()
    served = Django()
    _settle()
    return served


def _settle() -> None:
    """Load the views now, and spare the collector of garbage all that is loaded: it never goes.

    To look through it again and again took a third of the time of a large upload.
    """
    import_module(settings.ROOT_URLCONF)
    if all(type(cache).close is BaseCache.close for cache in caches.all()):
        # After each request Django would close them, which does nothing.
        request_finished.disconnect(close_caches)
    gc.collect()
    gc.freeze()


def _say(sentences: list[str]) -> None:
    for sentence in sentences:
        sys.stderr.write(f"{sentence}\n")


def _end(sentences: list[str]) -> NoReturn:
    _say(sentences)
    raise SystemExit(_HOPELESS)


handler = _start()
application = Framed(handler)
