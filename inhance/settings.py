"""Settings of the portal.

Without environment variables, this is a developer's portal: SQLite, in-memory cache, the sandbox as
Invoice Cloud. With `ENVIRONMENT=production`, settings with unsafe defaults are required.
"""

import sys
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from inhance import csp
from inhance.logging.json_lines import as_json_lines
from inhance.periodic.schedule import COMMANDS
from inhance.postgresql.configuration import databases
from inhance.production import demand_safe_settings
from inhance.redis_cache.configuration import caches
from inhance.retention.periods import retention_days

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

PRODUCTION = env.str("ENVIRONMENT", "development") == "production"
if PRODUCTION:
    demand_safe_settings(env.ENVIRON)
else:
    VAR_DIR.mkdir(exist_ok=True)
    (BASE_DIR / "staticfiles").mkdir(exist_ok=True)  # otherwise whitenoise warns
DEBUG = not PRODUCTION and env.bool("DEBUG", True)
TESTING = "pytest" in sys.modules

# For a developer's machine only: production requires both.
DEVELOPMENT_SECRET = "development-only-secret-key-which-production-refuses-to-start-with"  # noqa: S105
DEVELOPMENT_ENCRYPTION_KEY = "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleS4="
SECRET_KEY = env.str("SECRET_KEY", DEVELOPMENT_SECRET)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# The first key encrypts, all of them decrypt: see "Rotating keys" in docs/production.md.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[DEVELOPMENT_ENCRYPTION_KEY])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", ".localhost"])
# Where the back office answers. Empty: at all of these, as for one utility with one host name.
STAFF_HOSTS = env.list("STAFF_HOSTS", default=[])
# Port of the portal's URLs in emails and at Invoice Cloud; in development, that of the request.
PUBLIC_PORT = env.str("PUBLIC_PORT", "")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "inhance.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.sessions",
    "django.contrib.messages",
    "inhance.apps.PortalConfig",  # before WhiteNoise: its runserver extends that
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "auditlog",
    "csp",
    "django_otp",
    "django_tasks",
    "django_tasks_db",
    "inhance.periodic",
    "backoffice",
    "icsso.billers",
    "accounts",
    "cis",
    "payments",
    "reminders",
    "posting",
    "api",
    "support",
]

MIDDLEWARE = [
    # Before the address is logged.
    "payments.postbacks.middleware.PostbackAddressMiddleware",
    "inhance.middleware.RequestIdMiddleware",
    # Outside anything that can refuse a request, so that refusals have these headers too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "inhance.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "inhance.middleware.BillerMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    # Before the missing last slash is added to what is no address yet.
    "accounts.notifications.mangled_links.MangledLinkMiddleware",
    "django.middleware.common.CommonMiddleware",
    "inhance.middleware.SizeMiddleware",
    "icsso.billing.middleware.OwnOriginMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.sessions.middleware.SessionLifeMiddleware",
    "inhance.middleware.MemberLanguageMiddleware",
    "inhance.middleware.StaffTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "inhance.middleware.AuditMiddleware",
]

# Fields are drawn by templates/django/forms/field.html.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
ROOT_URLCONF = "inhance.urls"
WSGI_APPLICATION = "inhance.wsgi.application"
# The portal is at the root of its host, whatever a server or client says.
FORCE_SCRIPT_NAME = ""
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "inhance.context.portal",
            ],
        },
    },
]

DATABASES = databases(env, VAR_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
CACHES = caches(REDIS_URL)

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.login.backends.BillerBackend"]
PASSWORD_HASHERS = [
    "accounts.passwords.hashers.OwaspArgon2PasswordHasher",
    "accounts.passwords.hashers.NormalPBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "accounts.passwords.validators.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.passwords.validators.MaximumLengthValidator"},
    {"NAME": "accounts.passwords.validators.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.validators.BreachedPasswordValidator"},
    {"NAME": "accounts.passwords.validators.PatternValidator"},
    {"NAME": "accounts.passwords.validators.OwnWordsValidator"},
]
# A file with digests of passwords stolen elsewhere: see docs/production.md.
BREACHED_PASSWORDS = env.str("BREACHED_PASSWORDS", "")
# What a member must pass between a correct password and being signed in, in this order.
LOGIN_STAGES = ["accounts.mfa.login_stage.CODE"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

# Sessions: 30 minutes idle, 12 hours at most; staff shorter (accounts.sessions.middleware).
SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_AGE = 30 * 60
SESSION_MAX_AGE = 12 * 60 * 60
STAFF_SESSION_IDLE = 15 * 60
STAFF_SESSION_MAX_AGE = 8 * 60 * 60
# A code after the password: required of staff, or only offered.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", PRODUCTION)
# Where no cookie may ever be set: return pages and postbacks from Invoice Cloud, and the API.
SESSIONLESS_PATHS = ["/pay/return/", "/pay/postback/", "/api/"]
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "inhance.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Wrong passwords for one email address from one network address before a 15-minute wait. All other
# limits are in accounts.ratelimit.
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", 5)
# Number of our own proxies in front; the client's address is taken from that hop only.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

# The audit log has the request's ID, as the log does. Network addresses are recorded only for
# events without changes, and only roughly (backoffice.audit.events).
AUDITLOG_CID_GETTER = "inhance.logging.json_lines.number_of_request"
AUDITLOG_DISABLE_REMOTE_ADDR = True

# Email
EMAIL_TIMEOUT = 10
vars().update(env.email_url("EMAIL_URL", "smtp://127.0.0.1:8025"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Background tasks: run at once by default, by `manage.py db_worker` in production, one or more for
# each queue.
AT_ONCE = "django_tasks.backends.immediate.ImmediateBackend"
TASKS_BACKEND = env.str(
    "TASKS_BACKEND", "django_tasks_db.DatabaseBackend" if PRODUCTION else AT_ONCE
)
TASKS = {"default": {"BACKEND": TASKS_BACKEND, "QUEUES": ["default", "emails"]}}

# What `manage.py run_periodic` runs, and for how many seconds a machine without a sign of life
# keeps a command.
PERIODIC_COMMANDS, PERIODIC_LEASE = COMMANDS, 60

# Invoice Cloud
INVOICE_CLOUD_PATHS: dict[str, str] = env.json("INVOICE_CLOUD_PATHS", default={})
# Where the Invoice Cloud of this installation differs from the contract: docs/wire-profile.md.
INVOICE_CLOUD_WIRE: dict[str, object] = env.json("INVOICE_CLOUD_WIRE", default={})
INVOICE_CLOUD_CONNECT_TIMEOUT = env.float("INVOICE_CLOUD_CONNECT_TIMEOUT", 2.0)  # seconds
INVOICE_CLOUD_TIMEOUT = env.float("INVOICE_CLOUD_TIMEOUT", 8.0)  # seconds, the most for any call
# Seconds by operation, instead of those in icsso/client/resilience/policies.py.
INVOICE_CLOUD_TIMEOUTS: dict[str, float] = env.json("INVOICE_CLOUD_TIMEOUTS", default={})
# Never call a machine on our own network, whatever a biller's address resolves to.
INVOICE_CLOUD_PUBLIC_ONLY = env.bool("INVOICE_CLOUD_PUBLIC_ONLY", PRODUCTION)
WEBHOOK_PUBLIC_ONLY = env.bool("WEBHOOK_PUBLIC_ONLY", PRODUCTION)  # the same for webhook endpoints
# The only way out of some networks, and authorities that are trusted besides the public ones.
INVOICE_CLOUD_PROXY = env.str("INVOICE_CLOUD_PROXY", "")
INVOICE_CLOUD_CA_FILE = env.str("INVOICE_CLOUD_CA_FILE", "")
INVOICE_CLOUD_TRIES = env.int("INVOICE_CLOUD_TRIES", 3)
# How many calls of one process may wait at once; its other threads answer everything else. Of 16
# threads, 12 may wait, 8 for one biller, and half as many for balances.
WEB_THREADS = env.int("WEB_THREADS", 16)
INVOICE_CLOUD_SEATS = env.int("INVOICE_CLOUD_SEATS", max(1, WEB_THREADS * 3 // 4))
INVOICE_CLOUD_SEATS_PER_BILLER = env.int("INVOICE_CLOUD_SEATS_PER_BILLER", max(1, WEB_THREADS // 2))
# Consecutive failures until Invoice Cloud is no longer called, and seconds until the next probe.
INVOICE_CLOUD_BREAKER_FAILURES = env.int("INVOICE_CLOUD_BREAKER_FAILURES", 5)
INVOICE_CLOUD_BREAKER_SECONDS = env.float(
    "INVOICE_CLOUD_BREAKER_SECONDS", 20.0 if PRODUCTION else 5.0
)
BALANCES_PER_RUN = env.int("BALANCES_PER_RUN", 300)  # of a biller: manage.py refresh_balances
# Seconds for which a process collects call metrics before saving them; 0: never.
CALL_MEASURES_SECONDS = env.float("CALL_MEASURES_SECONDS", 30.0)
REMOTE_AUTHENTICATION_TOKEN_SECONDS = env.int("REMOTE_AUTHENTICATION_TOKEN_SECONDS", 20 * 60)

# Account sync runs in a thread after the sign-in response. False: before it (for most tests, whose
# transactions other threads can't see).
SYNCHRONISE_AFTERWARDS = env.bool("SYNCHRONISE_AFTERWARDS", True)

# Payment files for the CIS are delivered to folders below this one, or to none of them if empty.
POSTING_FOLDER = env.str("POSTING_FOLDER", "" if PRODUCTION else str(VAR_DIR / "posting"))

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "America/New_York")
USE_TZ = USE_I18N = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["inhance.formats"]

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
RETENTION_DAYS = retention_days(env.json("RETENTION_DAYS", default={}))
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
LARGEST_UPLOAD = 40 * 1024 * 1024  # bytes, with a file, in the admin; there are no other uploads

CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.DIRECTIVES}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$", r"^api/"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"

# An email is unique within its biller (BillerBackend). HSTS beyond our host is a utility's choice.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W005", "security.W021"]
# Monitoring (docs/monitoring.md): nothing unless it is set.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
SENTRY_DSN = env.str("SENTRY_DSN", "")
TRACES_URL = env.str("TRACES_URL", "")
MIDDLEWARE[:0] = ["inhance.monitoring.traces.RequestSpans"] if TRACES_URL else []
LOGGING = as_json_lines(level=env.str("LOG_LEVEL", "INFO"))
