"""The same for real: `kill -9` of the server at every point, driven over HTTP."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from accounts.ratelimit import forget_attempts
from tests.faults.flows.browsers import OverHttp
from tests.faults.flows.operations import is_as_before
from tests.faults.flows.points import Crash
from tests.faults.flows.sides import Sides, eventually
from tests.faults.flows.stories import Links, RegistersAnUnknownAccount, SignsIn, Story
from tests.faults.flows.stories_of_changes import ResetsPassword
from tests.faults.mortal import JOURNAL, ORDER
from tests.portal_process import PortalProcess

pytestmark = pytest.mark.production


class Mortal:
    """A portal that dies when it is told, and a person in front of it."""

    def __init__(self, portal: PortalProcess, folder: Path, sides: Sides) -> None:
        self.portal, self.sides = portal, sides
        self.journal, self.order = folder / "journal", folder / "order"

    def tell(self, story: type[Story], *, die_at: str = "") -> None:
        """The story up to its end, or up to the death of the process."""
        self.sides.begin_anew()
        self.sides.control("DELETE", "inbox")
        self.told = story(self.sides, OverHttp(self.portal.url, self.sides.sandbox))
        self._watch("")
        self.told.begin()
        self._watch(die_at)
        self.told.act()

    def points(self) -> list[str]:
        passed = self.journal.read_text().splitlines()
        return [point for point in passed if not is_as_before(point)]

    def _watch(self, die_at: str) -> None:
        self.journal.write_text("")
        self.order.write_text(die_at)


@pytest.fixture
def mortal(sides: Sides, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Mortal]:
    """With further environment variables, when the test names some."""
    environment = {
        **getattr(request, "param", {}),
        JOURNAL: str(tmp_path / "journal"),
        ORDER: str(tmp_path / "order"),
        "EMAIL_URL": f"smtp://127.0.0.1:{sides.sandbox.smtp_port}",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    for name in (JOURNAL, ORDER):
        Path(environment[name]).touch()
    with PortalProcess(
        tmp_path,
        settings_module="tests.faults.settings",
        application="tests.faults.mortal",
        environment=environment,
    ) as portal:
        yield Mortal(portal, tmp_path, sides)


# Of the others, test_crashes.py has every point: what a kill adds is the same for each.
@pytest.mark.parametrize(
    "story", [RegistersAnUnknownAccount, ResetsPassword, Links], ids=lambda story: story.__name__
)
def test_a_kill_at_any_point_is_made_good(story: type[Story], mortal: Mortal) -> None:
    mortal.tell(story)
    points = mortal.points()
    mortal.told.check()
    assert points
    failures = {}
    for point in points:
        try:
            die(mortal, story, point)
            mortal.told.go_on()
            mortal.told.check()
        except AssertionError as failure:
            failures[point] = str(failure).splitlines()[0]
    assert not failures, f"of {len(points)} points"
    assert "SIGKILL" in mortal.portal.log


def die(mortal: Mortal, story: type[Story], point: str) -> None:
    if not settings.REDIS_URL:
        mortal.portal.replace_worker()  # which counts the mails of the story before
    try:
        mortal.tell(story, die_at=point)
    except Crash:
        # The person tries again a minute later: mails are not sent twice in one (Redis, which
        # counts them, has not died).
        forget_attempts()
        return
    pytest.fail(f"not reached: {point}, but {mortal.points()}")


@pytest.mark.parametrize("mortal", [{"SYNCHRONISE_AFTERWARDS": "true"}], indirect=True)
def test_a_kill_beside_the_answer_is_made_good(mortal: Mortal) -> None:
    """Accounts are synchronised in a thread that nobody waits for."""
    mortal.tell(SignsIn)
    eventually(mortal.told.check)
    for number, point in enumerate(mortal.points(), start=1):
        with suppress(Crash):
            mortal.tell(SignsIn, die_at=point)

        def died(number: int = number, point: str = point) -> None:
            assert mortal.portal.log.count("SIGKILL") == number, f"not reached: {point}"

        eventually(died)
        mortal.told.go_on()
        eventually(mortal.told.check)
