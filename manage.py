#!/usr/bin/env python
"""Django's entry point."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads them all
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        # Of Django's own commands; ours say so themselves.
        if "--traceback" in sys.argv:
            raise
        from amara_api.installation import unreachable

        sys.exit(f"{unreachable(error)}\nA new installation begins with `manage.py setup`.")
