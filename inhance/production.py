"""Settings that production requires to start. Imports no Django, because settings import this."""

import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from importlib.util import find_spec

from cryptography.fernet import Fernet

from icsso.client.egress import fault_of_ca_file, fault_of_proxy
from inhance.postgresql.configuration import fault_of_limits
from inhance.redis_cache.connecting import fault_of_url

DEMANDED = {
    "SECRET_KEY": "a random text of at least 50 characters",
    "ENCRYPTION_KEYS": "Fernet keys, the newest first (see docs/production.md)",
    "ALLOWED_HOSTS": "the host names of the billers, separated by commas",
    "DATABASE_URL": "postgres://user:password@host/name",
    "REDIS_URL": "redis://host:6379/0",
    "EMAIL_URL": "smtp+tls://user:password@host:587",
    "DEFAULT_FROM_EMAIL": "the address that emails are sent from",
}


class UnsafeSettings(SystemExit):
    """Stops startup. The message names every wrong setting, but never its value."""


def demand_safe_settings(environment: Mapping[str, str]) -> None:
    faults = [
        f"{name} is missing: {wanted}."
        for name, wanted in DEMANDED.items()
        if not environment.get(name)
    ]
    faults += _unsafe(environment)
    if faults:
        raise UnsafeSettings("The portal can't start in production:\n- " + "\n- ".join(faults))


def _unsafe(environment: Mapping[str, str]) -> list[str]:
    faults = []
    secret = environment.get("SECRET_KEY", "")
    if secret and (len(secret) < 50 or len(set(secret)) < 5 or secret.startswith("development")):
        faults.append("SECRET_KEY is too short or not random: use 50 random characters.")
    if any(not _is_fernet_key(key) for key in environment.get("ENCRYPTION_KEYS", "").split(",")):
        faults.append("ENCRYPTION_KEYS contains a value that is not a Fernet key.")
    if "*" in environment.get("ALLOWED_HOSTS", "").split(","):
        faults.append("ALLOWED_HOSTS must not be *: list the billers' host names.")
    if _is_on(environment, "DEBUG"):
        faults.append("DEBUG must be off.")
    if environment.get("DATABASE_URL", "").startswith("sqlite"):
        faults.append("DATABASE_URL must be PostgreSQL, because several processes write to it.")
    if _is_on(environment, "SECURE_HSTS_PRELOAD") and not _is_on(
        environment, "SECURE_HSTS_INCLUDE_SUBDOMAINS"
    ):
        faults.append(
            "SECURE_HSTS_PRELOAD needs SECURE_HSTS_INCLUDE_SUBDOMAINS: browsers' lists contain "
            "whole domains."
        )
    breached = environment.get("BREACHED_PASSWORDS", "")
    if breached and not os.access(breached, os.R_OK):
        faults.append("BREACHED_PASSWORDS must be a file that this user can read.")
    checks = {
        "INVOICE_CLOUD_PROXY": fault_of_proxy,
        "INVOICE_CLOUD_CA_FILE": fault_of_ca_file,
        "DATABASE_TIMEOUTS": fault_of_limits,
        "REDIS_URL": fault_of_url,
        "METRICS_TOKEN": _fault_of_token,
        "TRACES_URL": _fault_of_traces,
    }
    for name, fault_of in checks.items():
        if (value := environment.get(name)) and (fault := fault_of(value)):
            faults.append(f"{name} {fault}.")
    return faults


def _fault_of_token(token: str) -> str:
    return "" if len(token) >= 32 else "is too short: use 32 random characters"


def _fault_of_traces(url: str) -> str:
    return "" if find_spec("opentelemetry") else "needs what is in requirements-traces.txt"


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in {"1", "true", "yes", "on", "y", "ok"}


def _is_fernet_key(key: str) -> bool:
    if not key:
        return True  # a missing key has already been reported
    try:
        Fernet(key)
    except ValueError:
        return False
    return b"development" not in urlsafe_b64decode(key)
