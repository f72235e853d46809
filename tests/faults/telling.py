"""Telling a story in this process, watched at each of its points."""

from contextlib import suppress

from tests.faults.browsers import InProcess
from tests.faults.operations import SAME_AS_BEFORE, is_as_before
from tests.faults.points import Crash, Points, watched
from tests.faults.sides import Sides
from tests.faults.stories import (
    BringsALogin,
    BringsALoginTooShort,
    Links,
    LinksAgain,
    Registers,
    RegistersAnUnknownAccount,
    RegistersWhatIsOnlineAlready,
    SignsIn,
    Story,
    Unlinks,
)
from tests.faults.stories_of_changes import (
    ChangesEmail,
    ChangesEmailTryingTheOldOne,
    ChangesEmailWithAnotherPasswordThere,
    ChangesPassword,
    ChangesPasswordThatDiffersThere,
    ChangesPasswordTryingTheOldOne,
    Reconnects,
    ResetsPassword,
    ResetsPasswordTryingTheOldOne,
)

MAIN = RegistersAnUnknownAccount, Links, ResetsPassword, ChangesPassword, ChangesEmail
STORIES: tuple[type[Story], ...] = (
    *MAIN,
    Registers,
    RegistersWhatIsOnlineAlready,
    BringsALogin,
    BringsALoginTooShort,
    SignsIn,
    LinksAgain,
    Unlinks,
    Reconnects,
    ResetsPasswordTryingTheOldOne,
    ChangesPasswordTryingTheOldOne,
    ChangesPasswordThatDiffersThere,
    ChangesEmailTryingTheOldOne,
    ChangesEmailWithAnotherPasswordThere,
)


def tell(story: type[Story], sides: Sides, points: Points) -> Story:
    """From a fresh start to the end, or to the crash."""
    sides.begin_anew()
    told = story(sides, InProcess())
    told.begin()
    with watched(points), suppress(Crash):
        told.act()
        points.is_swallowed |= points.is_dead
    assert not points.is_swallowed, "the crash was caught"
    assert points.stop_at in ["", *points.passed], "not reached"
    return told


def where_to_end(story: type[Story], sides: Sides) -> list[str]:
    """The points at which a process may end, but those that are the same as the one before."""
    passed = undisturbed(story, sides)
    return passed[:1] + [point for point in passed[1:] if not is_as_before(point)]


def where_to_come_between(story: type[Story], sides: Sides) -> list[str]:
    """The points at which somebody else may come between. Whoever comes after a write and before
    the call that follows it comes as well just before that call, when all has been read for it."""
    passed = undisturbed(story, sides)
    pairs = zip(passed, [*passed[1:], ""], strict=True)
    return [point for point, following in pairs if not following.startswith(SAME_AS_BEFORE)]


def undisturbed(story: type[Story], sides: Sides) -> list[str]:
    """All points of a story, which must end well when nothing disturbs it."""
    points = Points()
    tell(story, sides, points).check()
    assert points.passed
    return list(points.passed)
