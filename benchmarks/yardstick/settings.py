"""A project with nothing in it that a request has to pass: no middleware, no sessions."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = AMARA_KEY_PEPPER = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",  # the tables alone, which those of accounts name
    "rest_framework",
    "django_filters",
    "users",
    "teams",
    "videos",
    "subtitles",
    "activity",
    "benchmarks.yardstick",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.yardstick.urls"
AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
REST_FRAMEWORK = {"DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ"}

# What the way in asks for: as the server has it.
AMARA_BODY_SECONDS = 60
AMARA_MAX_BODY_BYTES = AMARA_MAX_FORM_BYTES = AMARA_MAX_SUBTITLE_BYTES = 10 * 2**20

DATABASES = {"default": environ.Env().db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
