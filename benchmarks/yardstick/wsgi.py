"""The yardstick for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.yardstick.settings"
application = get_wsgi_application()
