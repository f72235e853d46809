"""Problems that `manage.py check` finds in this installation, and how to fix them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host

from icsso.billers.models import Biller


@register(Tags.security, deploy=True)
def content_policy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Our pages frame payments, so only our own scripts and styles may run in them."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    loose = [
        name
        for name, sources in directives.items()
        if not {"'unsafe-inline'", "'unsafe-eval'", "*"}.isdisjoint(sources)
    ]
    return [
        Error(f"Content-Security-Policy: {name} is not strict.", id="portal.E001") for name in loose
    ]


@register(Tags.security, deploy=True)
def proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.TRUSTED_PROXIES or not settings.SECURE_SSL_REDIRECT:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES is 0.",
            hint="Behind a proxy, every customer would appear to have the proxy's address, and the "
            "redirect to https would loop. Set it to the number of your proxies in front.",
            id="portal.W001",
        )
    ]


@register(Tags.security, deploy=True)
def private_networks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    hints = {
        "INVOICE_CLOUD_PUBLIC_ONLY": "A biller's address could then point to",
        "WEBHOOK_PUBLIC_ONLY": "A biller's staff could then send webhooks to",
    }
    return [
        Warning(f"{name} is off.", hint=f"{hint} a machine on your own network.", id="portal.W002")
        for name, hint in hints.items()
        if not getattr(settings, name)
    ]


@register(Tags.security, deploy=True)
def second_factor(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or settings.DEBUG:
        return []
    return [
        Warning(
            "STAFF_SECOND_FACTOR is off.",
            hint="One stolen staff password would then expose all customers of their billers.",
            id="portal.W003",
        )
    ]


@register(Tags.security, deploy=True)
def staff_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.STAFF_HOSTS and not settings.DEBUG:
        return [
            Warning(
                "STAFF_HOSTS is empty.",
                hint="The back office answers at every host name, beside the customers' pages.",
                id="portal.W004",
            )
        ]
    return [
        Error(f"{host} of STAFF_HOSTS is not in ALLOWED_HOSTS.", id="portal.E003")
        for host in settings.STAFF_HOSTS
        if not validate_host(host, settings.ALLOWED_HOSTS)
    ]


@register(Tags.database)
def invoice_cloud_by_https(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Runs with `check --database default`: passwords and tokens are sent to these addresses.

    `migrate` runs it too, when the tables don't match the models yet.
    """
    if settings.DEBUG or not databases or not all(map(_is_migrated, databases)):
        return []
    return [
        Error(
            f"{biller.slug}: the Invoice Cloud address is not https.",
            hint="Change it in the admin, under Billers.",
            id="portal.E002",
        )
        for biller in Biller.objects.filter(is_active=True)
        if any(urlsplit(origin).scheme != "https" for origin in biller.origins)
    ]


def _is_migrated(database: str) -> bool:
    executor = MigrationExecutor(connections[database])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
