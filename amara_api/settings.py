"""Configuration: environment variables with defaults that suit one machine.

`docs/configuration.md` describes each; a test holds the two together.
"""

import logging
from pathlib import Path

import environ

from amara_api.versions import CURRENT

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- where things are kept -----------------------------------------------------------------------
DATA_DIR = Path(env.str("AMARA_DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
SECRET_KEY_FILE = DATA_DIR / "secret.key"
NO_SECRET = "not-set-up"  # noqa: S105 - the absence of one


def _secret() -> str:
    """The operator's secret, else the one that `manage.py setup` made, else none that lasts."""
    named: str = env.str("SECRET_KEY", default="")
    if named:
        return named
    if SECRET_KEY_FILE.is_file():
        return SECRET_KEY_FILE.read_text().strip()
    return NO_SECRET


SECRET_KEY = _secret()
# API keys are stored as digests keyed with this, so a stolen database opens nothing.
AMARA_KEY_PEPPER = env.str("AMARA_KEY_PEPPER", default="") or SECRET_KEY
DEBUG = env.bool("DEBUG", default=False)
_HERE = ["localhost", "127.0.0.1", "[::1]"]
if _host := env.str("HOST", default=""):
    _HERE.append(f"[{_host}]" if ":" in _host else _host)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=_HERE)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- the API -------------------------------------------------------------------------------------
AMARA_API_DATE = env.int("AMARA_API_DATE", default=CURRENT)
AMARA_BASE_URL = env.str("AMARA_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
AMARA_MAX_BODY_BYTES = env.int("AMARA_MAX_BODY_BYTES", default=10 * 2**20)
AMARA_MAX_SUBTITLE_BYTES = env.int("AMARA_MAX_SUBTITLE_BYTES", default=2 * 2**20)
AMARA_MAX_SUBTITLE_DEPTH = env.int("AMARA_MAX_SUBTITLE_DEPTH", default=300)
AMARA_DELIVER = env.bool("AMARA_DELIVER", default=True)
# Seconds: of one attempt to deliver an event, and from one failed attempt to the next.
AMARA_CALLBACK_SECONDS = env.float("AMARA_CALLBACK_SECONDS", default=15.0)
AMARA_CALLBACK_RETRIES = env.list(
    "AMARA_CALLBACK_RETRIES",
    cast=float,
    default=[5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0],
)
DATA_UPLOAD_MAX_MEMORY_SIZE = AMARA_MAX_BODY_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- what the server asks of others --------------------------------------------------------------
AMARA_OUTBOUND_ALLOW = env.list("AMARA_OUTBOUND_ALLOW", default=[])
AMARA_FETCH_METADATA = env.bool("AMARA_FETCH_METADATA", default=True)

# --- applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    # First: its templates stand in for those of DRF and of the API's reference.
    "amara_api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "users",
    "teams",
    "videos",
    "subtitles",
    "activity",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "amara_api.middleware.SafeHeaders",
    "amara_api.middleware.ApiAddress",
    "corsheaders.middleware.CorsMiddleware",
    "amara_api.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "amara_api.middleware.Authentication",
    "amara_api.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "amara_api.urls"
WSGI_APPLICATION = "amara_api.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database ------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/amara.sqlite3")}
_database = DATABASES["default"]
# Opening a connection costs more than the request it serves.
_database.setdefault("CONN_MAX_AGE", None)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue at BEGIN instead of failing at COMMIT; readers never wait for them.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- accounts ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in env.list("AMARA_PASSWORD_VALIDATORS", default=[])
]
CSRF_FAILURE_VIEW = "amara_api.problems.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- https and proxies ---------------------------------------------------------------------------
# Only an operator knows whether a proxy in front sets these headers; without one they are forged.
if env.bool("AMARA_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
AMARA_HTTPS = env.bool("AMARA_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = AMARA_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if AMARA_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = AMARA_HTTPS
# The proxy that speaks HTTPS redirects; a redirect from here would lose the bodies of programs.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Key headers may come from any page; cookies never do.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/api(2/partners)?/"
CORS_ALLOW_HEADERS = [
    "accept",
    "content-type",
    "if-none-match",
    "x-api-key",
    "x-apikey",
    "x-api-username",
    "x-api-future",
]
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
CORS_EXPOSE_HEADERS = ["etag", "location", "retry-after", "x-api-deprecated"]

# --- REST ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["amara_api.rest.policies.DeclaredPolicy"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "amara_api.rest.negotiation.Negotiation",
    "DEFAULT_VERSIONING_CLASS": "amara_api.rest.dialects.DatedVersioning",
    "DEFAULT_PARSER_CLASSES": [
        "amara_api.rest.parsers.JSONParser",
        "amara_api.rest.parsers.XMLParser",
        "amara_api.rest.parsers.TextXMLParser",
        "amara_api.rest.parsers.YAMLParser",
        "amara_api.rest.parsers.XYAMLParser",
        "amara_api.rest.parsers.TextYAMLParser",
        "amara_api.rest.parsers.FormParser",
        "amara_api.rest.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "amara_api.rest.renderers.JSONRenderer",
        "amara_api.rest.renderers.BrowsableRenderer",
        "amara_api.rest.renderers.YAMLRenderer",
        "amara_api.rest.renderers.XMLRenderer",
    ],
    "DEFAULT_METADATA_CLASS": "amara_api.rest.metadata.StaticMetadata",
    "DEFAULT_SCHEMA_CLASS": "amara_api.schema.PolicySchema",
    "EXCEPTION_HANDLER": "amara_api.rest.exceptions.to_response",
    "NON_FIELD_ERRORS_KEY": "general_errors",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Amara API",
    "DESCRIPTION": "Videos, their subtitles in every language, and the people who make them.",
    "VERSION": str(CURRENT),
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "DEFAULT_GENERATOR_CLASS": "amara_api.schema.Generator",
    "PREPROCESSING_HOOKS": ["amara_api.schema.only_api"],
    # Choices that several members share.
    "ENUM_NAME_OVERRIDES": {
        "VisibilityEnum": ["private", "unlisted", "public"],
        "WorkPolicyEnum": [
            "Anyone",
            "Any team member",
            "Only managers and admins",
            "Only admins",
        ],
        "WorkStatusEnum": [
            "needs-subtitler",
            "being-subtitled",
            "needs-reviewer",
            "being-reviewed",
            "needs-approver",
            "being-approved",
            "complete",
        ],
        "RemoteStateEnum": ["in-progress", "complete"],
        "CompleteEnum": ["complete"],
        "RequestStatusEnum": [
            "in-progress",
            "in-evaluation1",
            "in-evaluation2",
            "in-evaluation3",
            "complete",
        ],
        "ApplicationStatusEnum": ["Pending", "Approved", "Denied", "Member Removed", "Member Left"],
        "TeamTypeEnum": ["default", "simple", "collaboration"],
        "TaskTypeEnum": ["Subtitle", "Translate", "Review", "Approve"],
        "TeamPolicyEnum": ["Any team member", "Managers and admins", "Admins only"],
    },
}

# --- text, time, mail, files, log ----------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# A mail server that says nothing for so many seconds is away.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="subtitles@localhost")
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True

# Hashing is for people's passwords; the suite makes hundreds of accounts.
if env.bool("AMARA_FAST_PASSWORDS", default=False):
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _in_one_line(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"in_one_line": {"()": "django.utils.log.CallbackFilter", "callback": _in_one_line}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # A 4xx is the caller's business, not the operator's.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        # Anybody can send these by the thousand; an operator needs the name that is not allowed.
        "django.security.DisallowedHost": {"filters": ["in_one_line"]},
        # They tell the urls of others, secrets in them included, and every address refused.
        "requests_hardened": {"level": "ERROR"},
        "urllib3": {"level": "ERROR"},
    },
}
