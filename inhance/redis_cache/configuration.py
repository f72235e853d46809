"""`CACHES`: Redis, or memory for a single development process."""

from typing import Any


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    if not redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    backend = "inhance.redis_cache.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": redis_url, "KEY_PREFIX": "portal"}}
