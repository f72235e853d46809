"""The project: settings, addresses, middleware, checks."""

import django_stubs_ext

# Django's admin, form and model classes take their types at runtime as well: `ModelAdmin[Member]`.
django_stubs_ext.monkeypatch()
