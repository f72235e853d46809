"""Settings of the sandbox, a Django project separate from the portal."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OFF = {"0", "false", "no", "off"}
if os.environ.get("ENVIRONMENT", "").lower().startswith("prod") or (
    os.environ.get("DEBUG", "").lower() in OFF
):
    raise ImproperlyConfigured(
        "The sandbox imitates Invoice Cloud and does not start with production settings "
        "(ENVIRONMENT=production or DEBUG=false in the environment)."
    )

HERE = Path(__file__).resolve().parent
DATABASE = Path(os.environ.get("SANDBOX_DATABASE") or HERE.parent / "var" / "sandbox.sqlite3")
DATABASE.parent.mkdir(parents=True, exist_ok=True)

# The variants that are on after a start and after every reset, such as `contrary`.
VARIANTS = [name for name in os.environ.get("SANDBOX_VARIANTS", "").split(",") if name]

# Fixed and public: nothing signed with it needs protection.
SECRET_KEY = "sandbox-only-fit-for-nothing-else"
DEBUG = False
# Only loopback names, so that no web page can reach the sandbox through a host name of its own.
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = ["sandbox"]
# Sets Content-Length, without which connections are not kept alive.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "sandbox.urls"
APPEND_SLASH = False
STATIC_URL = "/static/"
STATIC_ROOT = HERE / "static"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 30,
            # Writers wait at the start of a transaction instead of failing in the middle of it.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["sandbox.passwords.FastHasher"]

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "America/New_York"  # the demo utility is in the US
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1024 * 1024  # one call may load thousands of customers

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["console"], "level": "ERROR"},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
