"""Telling a story in this process, watched at each of its points."""

from tests.faults.flows.browsers import InProcess
from tests.faults.flows.moments import Moment, Moments
from tests.faults.flows.operations import SAME_AS_BEFORE, is_as_before
from tests.faults.flows.points import Points, watched
from tests.faults.flows.sides import Sides
from tests.faults.flows.stories import (
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
from tests.faults.flows.stories_of_changes import (
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


def begin(story: type[Story], sides: Sides) -> Story:
    """From a fresh start, which a test plays once for each story."""
    if story not in sides.beginnings:
        sides.begin_anew()
        told = story(sides, InProcess())
        told.begin()
        sides.beginnings[story] = Moment(told)
    return sides.beginnings[story].come_back()


def act(told: Story, points: Points) -> None:
    with watched(points):
        told.act()
    assert points.passed


def tell(story: type[Story], sides: Sides, points: Points) -> Story:
    """From a fresh start to the end."""
    told = begin(story, sides)
    act(told, points)
    assert points.stop_at in ["", *points.passed], "not reached"
    return told


def where_it_ends(story: type[Story], sides: Sides) -> dict[str, Moment]:
    """What is left at each point at which a process may end, but those that are the same as the
    one before."""
    told = begin(story, sides)
    moments = Moments(told)
    act(told, moments)
    told.check()
    first = moments.passed[0]
    return {
        point: moment
        for point, moment in moments.kept.items()
        if point == first or not is_as_before(point)
    }


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
    return list(points.passed)
