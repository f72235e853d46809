"""Single sign-on: Cloud SSO Connect by POST and by GET, and the same token twice."""

from typing import NamedTuple

from icsso.client.probe.results import Difference, StepResult, Verdict
from icsso.client.probe.steps.pages import Page, framing, headers_of
from icsso.client.probe.steps.sso_search import OPERATION, Opening, opened_somehow, opening_of
from icsso.client.probe.steps.step import verdict
from icsso.client.probe.walk import Walk

NOT_ASKED = "Not asked: there is no token."
ASK = (
    "Ask Invoice Cloud for the address of Cloud SSO Connect, whether it takes POST or GET, and the"
    " names of its fields. Enter it in the step “Invoice Cloud's API”, and run the probe again."
)
COOKIE_ADVICE = (
    "Turn on “open billing pages without a frame” for this biller, or ask Invoice Cloud to keep its"
    " session in the address."
)
FRAME_ADVICE = (
    "Ask Invoice Cloud to allow the portal's address in frames. Until then, turn on “open billing"
    " pages without a frame” for this biller."
)
LIFE_ADVICE = "Ask Invoice Cloud how long a token lives, and whether it opens several pages."


class SsoStep(NamedTuple):
    name: str
    title: str

    def skipped(self, reading: str = NOT_ASKED) -> StepResult:
        return StepResult(self.name, self.title, Verdict.SKIPPED, reading, operation=OPERATION)

    def result(  # noqa: PLR0913  the parts of a result
        self,
        walk: Walk,
        page: Page,
        reading: str,
        *,
        differences: tuple[Difference, ...] = (),
        advice: tuple[str, ...] = (),
        is_usable: bool = True,
    ) -> StepResult:
        first = page.first
        return StepResult(
            self.name,
            self.title,
            verdict(walk, is_usable=is_usable, differences=differences),
            reading,
            operation=OPERATION,
            status=first.status if first else None,
            milliseconds=first.milliseconds if first else None,
            kinds=headers_of(page),
            differences=differences,
            advice=advice,
            exchanges=(walk.redacted(self.name, first),) if first else (),
        )

    def opened(self, walk: Walk) -> StepResult:
        """Opens a page as the portal does, or as it can; the profile then says how."""
        found = opened_somehow(walk)
        walk.sso_works, walk.sso_needs_cookie = found.opening.works, found.needs_cookie
        if found.needs_cookie:
            return self.only_with_cookie(walk, found.opening.page)
        learned = tuple(Difference("sso", words) for words in found.learned)
        return self.judged(walk, found.opening, learned)

    def judged(
        self, walk: Walk, opening: Opening, learned: tuple[Difference, ...] = ()
    ) -> StepResult:
        differences = (*learned, *framed(walk, opening.page))
        advice = (FRAME_ADVICE,) if any(one.key == "frame" for one in differences) else ()
        return self.result(
            walk,
            opening.page,
            opening.reading,
            differences=differences,
            advice=advice if opening.works else (ASK,),
            is_usable=opening.works,
        )

    def only_with_cookie(self, walk: Walk, page: Page) -> StepResult:
        words = "The page opens only with a cookie, which many browsers do not keep in a frame."
        difference = Difference("needs-cookie", words, tolerated=walk.target.without_frame)
        return self.result(walk, page, words, differences=(difference,), advice=(COOKIE_ADVICE,))


POST = SsoStep("sso_post", "Single sign-on by POST")
GET = SsoStep("sso_get", "Single sign-on by GET")
AGAIN = SsoStep("sso_again", "Single sign-on, same token again")


def by_post(walk: Walk) -> StepResult:
    """The way the portal does it. If it fails: the other method, other addresses and names."""
    if not walk.token:
        return POST.skipped()
    if walk.profile.sso.method == "GET":
        return POST.skipped("Not asked: the wire profile says that only GET is accepted.")
    return POST.opened(walk)


def by_get(walk: Walk) -> StepResult:
    """Whether GET is accepted too: with it, the token stands in an address."""
    if not walk.token:
        return GET.skipped()
    if walk.profile.sso.method == "GET":
        return GET.opened(walk)
    opening = opening_of(walk, "GET")
    refused = f"GET is not accepted ({opening.page.status})."
    words = "GET is accepted, too; the portal uses POST." if opening.works else refused
    return GET.result(walk, opening.page, words)


def twice(walk: Walk) -> StepResult:
    """The same token once more: the portal uses one token for all pages of a sign-in."""
    if not walk.token:
        return AGAIN.skipped()
    if not walk.sso_works:
        return AGAIN.skipped("Not asked: the token did not open a page.")
    opening = opening_of(walk)
    if opening.works:
        return AGAIN.result(walk, opening.page, "The token opens a page again.")
    words = "A token does not open a second page, or ends early; customers can reconnect."
    difference = Difference("token-ends-early", words, tolerated=True)
    return AGAIN.result(walk, opening.page, words, differences=(difference,), advice=(LIFE_ADVICE,))


def framed(walk: Walk, page: Page) -> tuple[Difference, ...]:
    target = walk.target
    return framing(page, portal=target.portal, without_frame=target.without_frame)
