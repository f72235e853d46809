"""Single sign-on: Cloud SSO Connect by POST and by GET, and the same token twice."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from icsso.client.probe.results import Difference, StepResult, Verdict
from icsso.client.probe.steps.pages import Page, framing, opened
from icsso.client.probe.steps.step import verdict
from icsso.client.probe.walk import Walk
from icsso.client.sso import BILLS, form_fields

OPERATION = "cloudssoconnect"
NOT_ASKED = "Not asked: there is no token."
ADDRESSES = ("/cloudssoconnect", "/CloudSSOConnect", "/portal/cloudssoconnect", "/cloudsso")
TOKEN_NAMES = ("Token", "SSOToken", "AuthToken")
ASK = (
    "Ask Invoice Cloud for the address of Cloud SSO Connect, whether it takes POST or GET, and the"
    " names of its fields."
)
FRAME_ADVICE = (
    "Ask Invoice Cloud to allow the portal's address in frames. Until then, turn on “open billing"
    " pages without a frame” for this biller."
)
LIFE_ADVICE = "Ask Invoice Cloud how long a token lives, and whether it opens several pages."


class Opening(NamedTuple):
    """A page opened with the token, and one with a token that cannot exist."""

    page: Page
    unknown: Page

    @property
    def works(self) -> bool:
        """Whether a page is shown, and another one than for a token that does not exist."""
        return self.page.is_shown and self.page.likeness != self.unknown.likeness

    @property
    def reading(self) -> str:
        if self.works:
            return "The token opens a page of Invoice Cloud."
        if self.page.problem:
            return f"No page opens: {self.page.problem}."
        if self.page.status != 200:
            return f"No page opens ({self.page.status})."
        return "The page asks to sign in, or looks the same as for a token that does not exist."


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
            differences=differences,
            advice=advice,
            exchanges=(walk.redacted(self.name, first),) if first else (),
        )

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


POST = SsoStep("sso_post", "Single sign-on by POST")
GET = SsoStep("sso_get", "Single sign-on by GET")
AGAIN = SsoStep("sso_again", "Single sign-on, same token again")


def by_post(walk: Walk) -> StepResult:
    """The way the portal does it. If it fails: the other method, other addresses and names."""
    if not walk.token:
        return POST.skipped()
    if walk.profile.sso.method == "GET":
        return POST.skipped("Not asked: the wire profile says that only GET is accepted.")
    opening = _opening(walk)
    if opening.works:
        return POST.judged(walk, opening)
    before = walk.profile
    for fragment, words in _other_ways(walk):
        walk.learn({"sso": fragment})
        other = _opening(walk)
        if other.works:
            return POST.judged(walk, other, (Difference("sso", words),))
        walk.profile = before
    return POST.judged(walk, opening)


def by_get(walk: Walk) -> StepResult:
    """Whether GET is accepted too: with it, the token stands in an address."""
    if not walk.token:
        return GET.skipped()
    opening = _opening(walk, "GET")
    if walk.profile.sso.method == "GET":
        return GET.judged(walk, opening)
    words = "GET is accepted, too; the portal uses POST." if opening.works else "GET is refused."
    return GET.result(walk, opening.page, words)


def twice(walk: Walk) -> StepResult:
    """The same token once more: the portal uses one token for all pages of a sign-in."""
    if not walk.token:
        return AGAIN.skipped()
    opening = _opening(walk)
    if opening.works:
        return AGAIN.result(walk, opening.page, "The token opens a page again.")
    words = "A token does not open a second page, or ends early; customers can reconnect."
    difference = Difference("token-ends-early", words, tolerated=True)
    return AGAIN.result(walk, opening.page, words, differences=(difference,), advice=(LIFE_ADVICE,))


def _opening(walk: Walk, method: str = "") -> Opening:
    return Opening(_opened(walk, method, walk.token), _opened(walk, method, walk.random_password))


def _opened(walk: Walk, method: str, token: str) -> Page:
    sso = walk.profile.sso
    fields = form_fields(section=BILLS, token=token, css_url=walk.target.css_url)
    address = sso.form_action(walk.target.base_url)
    return opened(walk.client(), OPERATION, method or sso.method, address, sso.named(fields))


def _other_ways(walk: Walk) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The small list: the other method, then other addresses, then other names of the token."""
    yield {"method": "GET"}, "Cloud SSO Connect accepts GET only: the token stands in an address."
    for address in ADDRESSES:
        if address != walk.profile.sso.address:
            yield {"address": address}, f"Cloud SSO Connect is at {address}."
            words = f"Cloud SSO Connect is at {address} and accepts GET only."
            yield {"address": address, "method": "GET"}, words
    for name in TOKEN_NAMES:
        fields = {"fields": {"RemoteAuthenticationToken": name}}
        yield fields, f"Cloud SSO Connect calls the token {name}."


def framed(walk: Walk, page: Page) -> tuple[Difference, ...]:
    target = walk.target
    return framing(page, portal=target.portal, without_frame=target.without_frame)
