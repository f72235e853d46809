"""Settings that docs/security.md promises, where no behaviour of a page would show them."""

from pathlib import Path

from django.conf import settings

from inhance.urls import urlpatterns

MINUTE, HOUR = 60, 60 * 60


def test_sessions_last_as_long_as_is_written() -> None:
    """The specification's times: of customers, and shorter ones of staff."""
    assert (settings.SESSION_COOKIE_AGE, settings.SESSION_MAX_AGE) == (30 * MINUTE, 12 * HOUR)
    assert (settings.STAFF_SESSION_IDLE, settings.STAFF_SESSION_MAX_AGE) == (15 * MINUTE, 8 * HOUR)


def test_logs_go_to_one_place() -> None:
    """The console, which whoever runs the portal collects: no file, no server, no mail."""
    handlers = settings.LOGGING["handlers"]
    assert {name: made["class"] for name, made in handlers.items()} == {
        "console": "logging.StreamHandler"
    }
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert not any(each.get("handlers") for each in settings.LOGGING["loggers"].values())


def test_files_are_served_from_one_folder_and_uploads_have_none() -> None:
    """What somebody uploads is read and forgotten: there is nowhere to fetch it from."""
    assert settings.MEDIA_ROOT == settings.MEDIA_URL.strip("/") == ""
    assert Path(settings.STATIC_ROOT).name == "staticfiles"
    assert not any("media" in str(each.pattern) for each in urlpatterns)
