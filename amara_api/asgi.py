"""The ASGI application, which is Django in threads: what `manage.py serve` serves."""

from django.conf import settings

from amara_api import allocation
from amara_api.kernel.intake.asgi import Front
from amara_api.wsgi import handler

# Before there are threads, which would take arenas.
allocation.give_back()

# Where passwords are hashed for whoever asks.
LOGINS = ("/auth/login/", "/account/password/")

application = Front(handler.answer, threads=settings.THREADS, slow=LOGINS)
