"""Configuration: environment variables with defaults that suit one machine.

`docs/configuration.md` describes each; a test holds the two together.
"""

import logging
from pathlib import Path

from amara_api import sizes, variables
from amara_api.kernel.limits.rates import Rate
from amara_api.kernel.versions import CURRENT, PARTNERS, named

BASE_DIR = Path(__file__).resolve().parent.parent
env = variables.Variables()

# --- where things are kept -----------------------------------------------------------------------
DATA_DIR = env.parsed("AMARA_DATA_DIR", BASE_DIR / "data", variables.folder).resolve()
SECRET_KEY_FILE = DATA_DIR / "secret.key"
NO_SECRET = "not-set-up"  # noqa: S105  # nosec B105 # the absence of one


def _secret() -> str:
    """The operator's secret, else the one that `manage.py setup` made, else none that lasts."""
    if named := env.secret("SECRET_KEY"):
        return named
    try:
        kept = SECRET_KEY_FILE.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return NO_SECRET
    except (OSError, ValueError) as error:
        kept = ""
        why = getattr(error, "strerror", None) or "it is no text"
    else:
        why = "it is empty"
    if not kept:
        env.wrong.append(
            f"SECRET_KEY is not set, and the secret in {SECRET_KEY_FILE} cannot be read: {why}."
        )
    return kept or NO_SECRET


SECRET_KEY = _secret()
# API keys are stored as digests keyed with this, so a stolen database opens nothing.
AMARA_KEY_PEPPER = env.secret("AMARA_KEY_PEPPER") or SECRET_KEY
DEBUG = env.bool("DEBUG", default=False)
AMARA_DEBUG_FOR_ALL = env.bool("AMARA_DEBUG_FOR_ALL", default=False)
HOST = env.parsed("HOST", "", variables.host)
PORT = env.int("PORT", default=8000, least=1, most=65_535)
HOSTS_HERE = ["localhost", "127.0.0.1", "[::1]"]
if HOST:
    HOSTS_HERE.append(f"[{HOST}]" if ":" in HOST else HOST)
# Without any host, nothing would be answered.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", HOSTS_HERE, item=variables.host_pattern) or HOSTS_HERE
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[], item=variables.origin)

# --- database, and how many share its work -------------------------------------------------------
_file: variables.Config = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(DATA_DIR / "amara.sqlite3"),
}
_database = env.parsed("DATABASE_URL", _file, variables.database, secret=True)
DATABASES = {"default": _database}
# Opening a connection costs more than the request it serves.
_database.setdefault("CONN_MAX_AGE", None)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue at BEGIN instead of failing at COMMIT; readers never wait for them.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The last: a migration makes a table anew under another name and renames it, which SQLite
        # would refuse while triggers of other tables name the table that is to be replaced.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA legacy_alter_table=ON;"
        ),
    }
# `amara_api.kernel.replicas` says when one is asked.
_none: list[variables.Config] = []
_replicas = env.parsed("AMARA_DATABASE_REPLICA_URLS", _none, variables.databases, secret=True)
for _number, _replica in enumerate(_replicas, 1):
    if {_replica["ENGINE"], _database["ENGINE"]} != {"django.db.backends.postgresql"}:
        env.wrong.append("AMARA_DATABASE_REPLICA_URLS is set, but only PostgreSQL has replicas.")
        break
    # One that says nothing is soon known to be away: seconds, and milliseconds.
    _patience = {"connect_timeout": 2, "tcp_user_timeout": 5000}
    DATABASES[f"replica{_number}"] = {
        "CONN_MAX_AGE": None,
        **_replica,
        "OPTIONS": {**_patience, **variables.options_of(_replica)},
        # Tests without replicas of their own have one database.
        "TEST": {"MIRROR": "default"},
    }
DATABASE_ROUTERS = ["amara_api.kernel.replicas.Router"] if _replicas else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What nobody sets, `serve` says as it starts.
_size = sizes.picked(str(_database["ENGINE"]), sizes.cores())
WORKERS = env.int("WORKERS", default=_size.workers, least=1, most=256)
THREADS = env.int("THREADS", default=_size.threads, least=1, most=1024)


def _dialect(written: str, default: int) -> int:
    """0 for what is none; the checks say so."""
    return named(written) if written.strip() else default


# --- the API -------------------------------------------------------------------------------------
AMARA_API_DATE = _dialect(env.str("AMARA_API_DATE", default=""), CURRENT)
AMARA_PARTNERS_DATE = _dialect(env.str("AMARA_PARTNERS_DATE", default=""), PARTNERS)
# Empty: where `manage.py serve` listens. Read by `amara_api.kernel.site`, which all others ask.
AMARA_BASE_URL = env.str("AMARA_BASE_URL", default="").rstrip("/")
AMARA_MAX_BODY_BYTES = env.int("AMARA_MAX_BODY_BYTES", default=10 * 2**20, least=1)
# Of the fields of a page's form, before anybody is known; and the seconds that a body may take.
AMARA_MAX_FORM_BYTES = env.int("AMARA_MAX_FORM_BYTES", default=2**20, least=1)
AMARA_BODY_SECONDS = env.float("AMARA_BODY_SECONDS", 60.0, least=0.1, most=86_400)
AMARA_MAX_SUBTITLE_BYTES = env.int("AMARA_MAX_SUBTITLE_BYTES", default=2 * 2**20, least=1)
AMARA_MAX_CUES = env.int("AMARA_MAX_CUES", default=50_000, least=1)
AMARA_MAX_SUBTITLE_DEPTH = env.int("AMARA_MAX_SUBTITLE_DEPTH", default=300, least=1, most=1000)
AMARA_DELIVER = env.bool("AMARA_DELIVER", default=True)
# Seconds: of one attempt to deliver an event, and from one failed attempt to the next.
AMARA_CALLBACK_SECONDS = env.float("AMARA_CALLBACK_SECONDS", 15.0, least=0.1, most=3600)
AMARA_CALLBACK_RETRIES = env.list(
    "AMARA_CALLBACK_RETRIES",
    item=variables.number(0, 366 * 86_400),
    default=[5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0],
)
# Days that notifications which are sent, or given up, can be read; 0 for good.
AMARA_KEEP_NOTIFICATIONS = env.int("AMARA_KEEP_NOTIFICATIONS", default=365, least=0, most=36_500)
# Nobody but `amara_api.kernel.intake` reads bodies; what passes it by would be small.
DATA_UPLOAD_MAX_MEMORY_SIZE = AMARA_MAX_FORM_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- limits --------------------------------------------------------------------------------------
# Redis, or something that speaks its protocol, makes the ordinary limits count across processes.
REDIS_URL = env.parsed("REDIS_URL", "", variables.redis, secret=True)
# `docs/limits.md` says what each counts. Generous: a program that works hard meets none.
_LIMITS = {
    "requests-by-account": "12000/minute",
    "requests-by-address": "3000/minute",
    "wrong-keys": "40/minute",
    "logins-by-address": "30/15m",
    "logins-by-account": "10/15m",
    "logins-of-account": "100/hour",
    "passwords": "6000/hour",
    "login-links": "6000/hour",
    "keys": "1000/hour",
    "accounts": "6000/hour",
    "mails-to-address": "10/hour",
    "mails-of-account": "10/hour",
    "second-factors": "10/15m",
    "asked-by-address": "30/hour",
    "messages": "2000/day",
    "invitations": "1000/day",
}
LIMIT_VARIABLES = {name: f"AMARA_LIMIT_{name.replace('-', '_').upper()}" for name in _LIMITS}
AMARA_LIMITS = {
    name: env.parsed(variable, Rate.of(_LIMITS[name]), variables.rate)
    for name, variable in LIMIT_VARIABLES.items()
}

# --- what the server asks of others --------------------------------------------------------------
AMARA_OUTBOUND_ALLOW: list[str] = env.list("AMARA_OUTBOUND_ALLOW", default=[])
# In one process: fewer than it has threads, so that some are left to answer others.
AMARA_FETCHES = env.int("AMARA_FETCHES", default=max(1, THREADS // 2), least=1)
AMARA_FETCHES_BY_ACCOUNT = env.int("AMARA_FETCHES_BY_ACCOUNT", default=1, least=1)
AMARA_FETCH_METADATA = env.bool("AMARA_FETCH_METADATA", default=True)

# --- applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    # First: its templates stand in for those of DRF and of the API's reference.
    "amara_api",
    "amara_api.kernel",
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
    "amara_api.kernel.watching.Watch",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "amara_api.kernel.middleware.SafeHeaders",
    "amara_api.kernel.middleware.Cors",
    "amara_api.kernel.intake.gate.Gate",
    "amara_api.kernel.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "amara_api.kernel.middleware.Authentication",
    "amara_api.kernel.middleware.Messages",
    "amara_api.problems.PageLimit",
    "amara_api.kept_forms.KeptForms",
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

# --- accounts ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AMARA_MAX_KEYS = env.int("AMARA_MAX_KEYS", default=50, least=1)
AUTHENTICATION_BACKENDS = ["users.logins.GuardedBackend"]
LOGIN_URL = "login"
# Whether strangers may make themselves an account.
AMARA_SIGN_UP = env.bool("AMARA_SIGN_UP", default=False)
# An OpenID Connect provider by which people log in; `users.openid` asks it when somebody does.
AMARA_OIDC_ISSUER = env.parsed("AMARA_OIDC_ISSUER", "", variables.issuer)
AMARA_OIDC_CLIENT_ID = env.str("AMARA_OIDC_CLIENT_ID")
AMARA_OIDC_CLIENT_SECRET = env.secret("AMARA_OIDC_CLIENT_SECRET")
AMARA_OIDC_NAME = env.str("AMARA_OIDC_NAME", default="single sign-on")
# Whether people whom the provider knows, and this server does not, get an account.
AMARA_OIDC_SIGN_UP = env.bool("AMARA_OIDC_SIGN_UP", default=False)
LOGOUT_REDIRECT_URL = "home"
# Of a link that sets a forgotten password.
PASSWORD_RESET_TIMEOUT = 86_400
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in env.list(
        "AMARA_PASSWORD_VALIDATORS",
        default=[],
        item=variables.among(
            "MinimumLengthValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
            "UserAttributeSimilarityValidator",
        ),
    )
]
CSRF_FAILURE_VIEW = "amara_api.kept_forms.csrf_failure"
SESSION_ENGINE = "users.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- https and proxies ---------------------------------------------------------------------------
# Only an operator knows whether a proxy in front sets these headers; without one they are forged.
AMARA_BEHIND_PROXY = env.bool("AMARA_BEHIND_PROXY", default=False)
if AMARA_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
# How many proxies of the operator's stand one behind another.
AMARA_PROXY_COUNT = env.int("AMARA_PROXY_COUNT", default=1, least=1, most=100)
AMARA_HTTPS = env.bool("AMARA_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = AMARA_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if AMARA_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = AMARA_HTTPS
# The proxy that speaks HTTPS redirects; a redirect from here would lose the bodies of programs.
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# The sites that may show `/embed/ID/` in a frame. No other page is ever in one.
AMARA_EMBED_ANCESTORS = env.list(
    "AMARA_EMBED_ANCESTORS", default=["*"], item=variables.ancestor
) or ["'none'"]

# Key headers may come from any page; cookies never do.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(api(2/partners)?|oembed)(/|$)"
CORS_ALLOW_HEADERS = [
    "accept",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-request-id",
    "x-api-key",
    "x-apikey",
    "x-api-username",
    "x-api-future",
]
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
CORS_EXPOSE_HEADERS = [
    "etag",
    "idempotency-replayed",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-api-deprecated",
    "x-request-id",
]

# --- REST ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["amara_api.kernel.rest.policies.DeclaredPolicy"],
    "DEFAULT_THROTTLE_CLASSES": ["amara_api.kernel.rest.throttling.RequestLimit"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "amara_api.kernel.rest.negotiation.Negotiation",
    "DEFAULT_VERSIONING_CLASS": "amara_api.kernel.rest.dialects.DatedVersioning",
    "DEFAULT_PARSER_CLASSES": [
        "amara_api.kernel.rest.parsers.JSONParser",
        "amara_api.kernel.rest.parsers.XMLParser",
        "amara_api.kernel.rest.parsers.TextXMLParser",
        "amara_api.kernel.rest.parsers.YAMLParser",
        "amara_api.kernel.rest.parsers.XYAMLParser",
        "amara_api.kernel.rest.parsers.TextYAMLParser",
        "amara_api.kernel.rest.parsers.FormParser",
        "amara_api.kernel.rest.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "amara_api.kernel.rest.renderers.JSONRenderer",
        "amara_api.kernel.rest.renderers.BrowsableRenderer",
        "amara_api.kernel.rest.renderers.YAMLRenderer",
        "amara_api.kernel.rest.renderers.XMLRenderer",
    ],
    "DEFAULT_METADATA_CLASS": "amara_api.kernel.rest.metadata.StaticMetadata",
    "DEFAULT_SCHEMA_CLASS": "amara_api.schema.PolicySchema",
    "EXCEPTION_HANDLER": "amara_api.kernel.rest.exceptions.to_response",
    "NON_FIELD_ERRORS_KEY": "general_errors",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Amara API",
    "DESCRIPTION": (
        "Videos, their subtitles in every language, and the people who make them.\n\n"
        "In XML the root is `root`, a list is a run of `list-item`, true and false are `True` and "
        "`False`, and null, an empty list and an empty text are an empty element. A name that XML "
        "cannot have is the `key` of an `item`. Any method that is not described here answers 405. "
        "Browsers, which ask for HTML, get a page that shows the answer.\n\n"
        "To try requests here, make a key on the page Account, API keys, and enter it under "
        "Authorize. Without a key you are whoever is logged in to this site."
    ),
    # As a script has it: what `ours` is, reference.js says.
    "SWAGGER_UI_SETTINGS": (
        "{deepLinking: true, filter: true, defaultModelsExpandDepth: 0, plugins: [ours]}"
    ),
    "VERSION": str(CURRENT),
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "OAS_VERSION": "3.1.1",
    "DEFAULT_GENERATOR_CLASS": "amara_api.schema.Generator",
    "PREPROCESSING_HOOKS": ["amara_api.schema.only_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "amara_api.schema.complete",
    ],
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
vars().update(
    env.parsed("EMAIL_URL", variables.mail("consolemail://"), variables.mail, secret=True)
)
# A mail server that says nothing for so many seconds is away.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.parsed("DEFAULT_FROM_EMAIL", "subtitles@localhost", variables.sender)
STATIC_URL = "/static/"
# What an operator adds. `amara_api.assets` collects it and the rest, and says where.
STATICFILES_DIRS = [folder] if (folder := DATA_DIR / "static").is_dir() else []
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "amara_api.assets.Storage"},
}
WHITENOISE_USE_FINDERS = True

# What a process hashes at the same time; the other threads answer everybody else.
AMARA_HASHES_AT_ONCE = max(1, THREADS // 2)
PASSWORD_HASHERS = ["users.hashers.Argon2", "users.hashers.Older"]
# Hashing is for people's passwords; the suite makes hundreds of accounts.
AMARA_FAST_PASSWORDS = env.bool("AMARA_FAST_PASSWORDS", default=False)
if AMARA_FAST_PASSWORDS:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


LOG_LEVEL = env.parsed(
    "LOG_LEVEL", "INFO", variables.among("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)


# "json": one object a line, and a line for each request.
AMARA_LOG_FORMAT = env.parsed("AMARA_LOG_FORMAT", "text", variables.among("text", "json"))
# Whether requests and slow fetches are counted by the hour, for the first page of the admin.
AMARA_FIGURES = env.bool("AMARA_FIGURES", default=True)
# Who may read the figures at /metrics. With neither there are none, and nothing is counted.
AMARA_METRICS_TOKEN = env.secret("AMARA_METRICS_TOKEN")
AMARA_METRICS_FROM = env.list("AMARA_METRICS_FROM", default=[], item=variables.network)


def _in_one_line(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def _away_in_one_line(record: logging.LogRecord) -> bool:
    """That the database is away needs no traceback with every request."""
    return _in_one_line(record) if getattr(record, "status_code", 500) == 503 else True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "amara_api.kernel.watching.JsonLines"},
    },
    "filters": {
        "in_one_line": {"()": "django.utils.log.CallbackFilter", "callback": _in_one_line},
        "away_in_one_line": {
            "()": "django.utils.log.CallbackFilter",
            "callback": _away_in_one_line,
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": AMARA_LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # A 4xx is the caller's business, not the operator's.
        "django.request": {"level": "ERROR", "filters": ["away_in_one_line"]},
        "django.security": {"level": "ERROR"},
        # Anybody can send these by the thousand; an operator needs the name that is not allowed.
        "django.security.DisallowedHost": {"filters": ["in_one_line"]},
        # They tell the urls of others, secrets in them included, and every address refused.
        "requests_hardened": {"level": "ERROR"},
        "urllib3": {"level": "ERROR"},
    },
}

env.done()
