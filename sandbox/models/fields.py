"""Field types that several models share."""

import secrets

from django.db import models


def new_key() -> str:
    return secrets.token_urlsafe(32)


def money(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=12, decimal_places=2, **options)
