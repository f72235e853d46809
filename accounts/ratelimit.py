"""The portal's only rate limiter: counts attempts per network address and per key.

Everything that could be guessed or is costly is counted here, before the work is done. With Redis,
all processes share the counts; without it, each process has its own.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from math import ceil
from typing import NamedTuple
from uuid import uuid4

# Otherwise `limits` imports it during a request, and of two requests at once in a new process, one
# would find it half loaded and fail.
import redis  # noqa: F401
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from accounts.durations import in_words
from backoffice.client_address import client_network

logger = logging.getLogger(__name__)
A_DAY = 24 * 60 * 60  # seconds: the longest of the limits
STAFF = "staff"


class Limit(NamedTuple):
    """per_key: one key from one network address. everywhere: one key from all addresses.

    unknown: everything together from addresses that could not be read.
    """

    per_address: str
    per_key: str
    everywhere: str = ""
    unknown: str = ""


# An address may be a whole office or a phone company, so its limit is wide. A key is one person or
# account, so its limit per address is narrow: using it up must not lock out the owner, who is at
# another address. The limit for all addresses only slows down guessing from many of them. Unknown
# addresses may be all customers, so their limit is wide, ten times the one of an address, and its
# window is a minute: whoever uses it up keeps the others waiting for no longer.
LIMITS: Mapping[str, Limit] = {
    # Counted before the hash. The right password clears the count of its key and network.
    "sign_in": Limit(  # key: email address
        "300/15minute", f"{settings.SIGN_IN_FAILURES}/15minute", "200/15minute", "200/minute"
    ),
    # Without a key: whoever guesses one has to guess a signature. Challenges are asked for by the
    # sign-in page itself.
    "passkey": Limit("120/15minute", "120/15minute", unknown="80/minute"),
    "passkey_challenge": Limit("1500/15minute", "1500/15minute", unknown="1000/minute"),
    # key: account number
    "sign_up": Limit("60/hour", "10/15minute", "100/15minute", "10/minute"),
    "link": Limit("60/hour", "10/15minute", "100/15minute", "10/minute"),
    "guest": Limit("120/hour", "20/15minute", "200/15minute", "20/minute"),
    # Without a key: a guessed link costs no more than any page, and is as good as impossible.
    "pay_link": Limit("600/hour", "600/hour", unknown="100/minute"),
    # Pay links that staff send; key: the account
    "pay_link_mail": Limit("60/hour", "3/15minute", "10/day", "10/minute"),
    # key: the member
    "quick": Limit("240/hour", "20/15minute", "100/15minute", "40/minute"),
    "confirm": Limit("120/hour", "10/15minute", "50/15minute", "20/minute"),
    # key: email address
    "mail": Limit("60/hour", "5/15minute", "100/15minute", "10/minute"),
    # The emails themselves, wherever they were requested from: one per minute is enough.
    "resend": Limit("60/hour", "5/15minute", "1/minute", "10/minute"),
    "reset": Limit("60/hour", "5/15minute", "1/minute", "10/minute"),
    "invite": Limit("60/hour", "3/15minute", "10/day", "10/minute"),
    # Names of passkeys, which emails quote; key: the member
    "rename": Limit("60/hour", "10/15minute", "20/day", "10/minute"),
    # What members do about helpers, which sends emails; key: the member
    "helper": Limit("60/hour", "10/15minute", "20/day", "10/minute"),
    # Invitations of a helper; key: the member and the invited email. All members together may send
    # more, so that none can keep another from inviting somebody; key: the invited email
    "helper_mail": Limit("60/hour", "3/15minute", "10/day", "10/minute"),
    "helper_address": Limit("60/hour", "30/hour", "60/day", "10/minute"),
    # Emailed links; key: the link
    "secret": Limit("120/hour", "10/15minute", "50/15minute", "20/minute"),
    # All that is held about a member, as a file; key: the member
    "export": Limit("60/hour", "5/hour", "10/day", "10/minute"),
    # Lists of payments as files; key: the member
    "files": Limit("300/hour", "30/15minute", "60/15minute", "50/minute"),
    # Calendar programs: a few networks fetch everybody's; key: the address
    "calendar": Limit("12000/hour", "60/hour", "120/hour", "2000/minute"),
    # One click in a mail program: its company's servers post for everybody; key: the link
    "unsubscribe": Limit("12000/hour", "20/15minute", "60/15minute", "2000/minute"),
    # Without a key: each costs calls to an identity provider.
    "single_sign_on": Limit("120/15minute", "120/15minute", "", "80/minute"),
    # key: whose it is
    "second_factor": Limit("60/15minute", "10/15minute", "20/15minute", "40/minute"),
    "second_factor_daily": Limit("200/day", "40/day"),
    # Staff ask for a balance; key: the account
    "balance": Limit("120/15minute", "3/minute", "6/minute", "80/minute"),
    # Programs of a biller; key: the token. Those that have none are slowed down by address.
    "api": Limit("600/minute", "300/minute", "600/minute", "6000/minute"),
    "api_denied": Limit("30/minute", "30/minute", unknown="300/minute"),
}


class TooManyRequests(Exception):
    """An attempt that a limit refuses; answered by `inhance.errors.too_many_requests`.

    seconds: until another one will be allowed.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Counter(NamedTuple):
    limit: RateLimitItem
    name: str


def allowed(what: str, *, request: HttpRequest, key: str = "", place: str = "") -> bool:
    """Counts one attempt. Returns False if there were too many. Call it before anything expensive.

    place: where the key counts, if not where the request came in (staff send emails too).
    """
    return not seconds_to_wait(what, request=request, key=key, place=place)


def count_attempt(*limits: str, request: HttpRequest, key: str = "") -> None:
    """Counts one attempt against each of these limits. Raises TooManyRequests if one refuses it."""
    if seconds := seconds_to_wait(*limits, request=request, key=key):
        raise TooManyRequests(seconds)


def seconds_to_wait(*limits: str, request: HttpRequest, key: str = "", place: str = "") -> int:
    """Counts one attempt against each of these limits, until one refuses it.

    Returns 0 if all allow it, else the seconds until another one will be allowed.
    """
    limiter = _limiter(settings.REDIS_URL)
    counters = [
        counter for what in limits for counter in _counters(what, request, key=key, place=place)
    ]
    # An attempt that one limit refuses is counted by none: one bad client must not use up the
    # attempts of others at the same address. `hit` checks again, for attempts at the same moment.
    for take in (limiter.test, limiter.hit):
        if not all(take(counter.limit, counter.name) for counter in counters):
            logger.info("too many attempts: %s, name %s", ", ".join(limits), name_in_logs(key))
            return max(1, *(_seconds_until_free(counter) for counter in counters))
    return 0


def waiting_time(seconds: int) -> str:
    """Returns how long to wait, in words."""
    return in_words(timedelta(seconds=seconds))


def name_in_logs(key: str) -> str:
    """Returns a pseudonym for a key, so that log lines about it can be found together."""
    return salted_hmac("accounts.ratelimit.log", key.strip().lower()).hexdigest()[:12]


def place_of(request: HttpRequest) -> str:
    """The same email at two billers is two people. For staff it is one, whatever the host."""
    match, biller = request.resolver_match, getattr(request, "biller", None)
    return biller.slug if biller and not (match and match.app_name == "admin") else STAFF


def _counters(what: str, request: HttpRequest, *, key: str, place: str) -> Iterator[Counter]:
    """An unknown network may be anybody's: it has wider limits, and what comes from there does not
    count together with what comes from known ones. Otherwise a proxy that hides addresses would
    make all customers one, and each of them could lock out the others."""
    limit, network = LIMITS[what], client_network(request)
    if together := limit.per_address if network else limit.unknown:
        yield Counter(_parsed(together), _digest(what, "address", network))
    if not key:
        return
    names = _names(what, key=key, place=place or place_of(request))
    yield _per_key(what, network, *names)
    if network and limit.everywhere:
        yield Counter(_parsed(limit.everywhere), _digest(what, "everywhere", *names))


def _per_key(what: str, network: str, *names: str) -> Counter:
    limit = LIMITS[what]
    rate = limit.per_key if network else limit.everywhere or limit.per_key
    return Counter(_parsed(rate), _digest(what, "key", network, *names))


def _names(what: str, *, key: str, place: str) -> tuple[str, str, str]:
    """Returns place, key, and a mark that changes when the counts are reset (see `forget`)."""
    key = key.strip().lower()
    return place, key, cache.get(_beginning(what, place, key), "")


def _seconds_until_free(counter: Counter) -> int:
    stats = _limiter(settings.REDIS_URL).get_window_stats(counter.limit, counter.name)
    return 0 if stats.remaining else ceil(stats.reset_time - time.time())


def _digest(*parts: str) -> str:
    """Keys are emails and account numbers, which must not be stored in Redis."""
    return salted_hmac("accounts.ratelimit", "\n".join(parts)).hexdigest()


@lru_cache(maxsize=64)
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)


@lru_cache(maxsize=4)
def _limiter(redis_url: str) -> FixedWindowRateLimiter:
    if not redis_url:
        return FixedWindowRateLimiter(MemoryStorage())
    pool = cache.client.connection_pool  # type: ignore[attr-defined]  # inhance.redis_cache
    return FixedWindowRateLimiter(RedisStorage("redis://", connection_pool=pool))


def clear(what: str, *, request: HttpRequest, key: str) -> None:
    """Resets the count of this key from this network. The wider counts stay."""
    names = _names(what, key=key, place=place_of(request))
    counter = _per_key(what, client_network(request), *names)
    _limiter(settings.REDIS_URL).clear(counter.limit, counter.name)


def forget(what: str, *, key: str, place: str) -> None:
    """Resets all counts of this key, from every network, by giving them a new name."""
    cache.set(_beginning(what, place, key.strip().lower()), uuid4().hex, timeout=A_DAY)


def _beginning(what: str, place: str, key: str) -> str:
    """Returns the cache key of the mark that `forget` changes."""
    return "ratelimit:" + _digest(what, "beginning", place, key)


def forget_attempts() -> None:
    """Resets all counts (for tests, and for operators after a false alarm)."""
    _limiter(settings.REDIS_URL).storage.reset()
