"""Which names of an answer are names: those that consist of words that fields are made of.

An answer may be a map whose names are values: account numbers, customers, email addresses. No form
of letters tells a last name from a field, so a capture keeps only what is known to be none.
"""

import re
from functools import lru_cache

from pydantic import BaseModel

from icsso.client import sso
from icsso.client.contract import PostbackField, names_of
from icsso.client.wire.customer_record import EVERY_OPERATION

CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
APART = re.compile(r"[^A-Za-z]+")
# Besides those of the contract: words of other web services.
_WORDS = """
access account accounts acct accts action actions active actual add additional address addresses
admin agreement alert alias all allow allowed amount amounts amt api app application applied apply
approval approved archive area array at attempt attempts attribute attributes auth authenticate
authenticated authentication authorization authorize authorized auto available bal balance
balances bank base batch bearer begin bill billed biller billers billing bills body call callback
can cancel canceled card cards category cents change changed channel check checking city class
client close closed code codes collection column comment common company complete completed config
confirm confirmed connect contact content context control convenience correlation cost count
country county create created creation credit currency current cust custom customer customers
cycle data date dates day days debit declined default delete deleted delivery denied deposit desc
description detail details device disabled discount display document documents domain due
duplicate edit effective element elements email emails empty enable enabled encoded encrypted end
ended ends enroll enrolled enrollment entity entries entry envelope error errors event events
exception exist existing exists exp expiration expire expired expires expiry extended external
failed failure failures fault fax fee fees field fields file files filter final find first flag
flags format found frequency from full fully function generated get given global group groups guid
guids has hash header headers history home host id identifier identity ids image in inactive
included index info information inner input instance internal invoice invoices is issue issued
item items job json key keys kind label language last late latest layer length level limit line
lines link linked links list lists local locale location lock locked log login logins logo mail
mailbox main maintenance map mask masked match max maximum member members memo merchant message
messages meta metadata method min minimum minutes mobile mode model modified month more msg multi
my name names nbr network new next no node none not note notes notice nr null num number numbers
object objects odata of off offset ok old on one online only open operation option optional
options order org organization origin original other out outcome output over owner package page
pages paid paper paperless param parameter parameters parent part partial party pass passcode
password passwords past path pay payable payee payer payload payment payments pending per percent
period permission person phone phones pin plan plans policy portal position post postal posted
premise previous primary print process processed processing processor product profile program
properties property provider public purpose pwd query queue quick rate read ready reason received
recent record records recurring redirect ref reference refresh refund refusal refused region
register registered registration reject rejected related remark remarks remote remove removed
reply report request requested requests required reset resource resources response responses
result results retry return returned returns role roles root routing row rows rule saved savings
schedule scheduled schema scope search second secondary seconds secret section secure security
select selected sequence server service services session sessions set setting settings severity
short show sign signature signed single site size sms soap sort source stack standard start
started state statement statements status step stop store stored street string sub subject submit
submitted succeeded success successful suffix suite sum summary swipe sync system table tag tags
target tax template tenant term terminal terms test text ticket time timeout times timestamp title
to token tokens tool total totals trace track transaction transactions transfer ttl txn type types
unit units unpaid unregistered until update updated uri url urls usage use used user username
users utility valid validate validated validation value values vendor verified verify version view
visible void warning warnings web when window with work xml xsd xsi year zip zone
"""


def _spoken(text: str) -> set[str]:
    return {word.lower() for word in CAMEL.findall(text) if len(word) > 1}


def _names() -> set[str]:
    names: set[str] = {*PostbackField, *sso.FIELDS}
    for one in EVERY_OPERATION.values():
        read: type[BaseModel] = one.reads
        names |= {*one.sends, *names_of(read), *getattr(read, "also_called", {}).values()}
    return names


NAMES = frozenset(part.lower() for name in _names() for part in name.split("."))
WORDS = frozenset(_WORDS.split()) | {word for name in _names() for word in _spoken(name)}
LONGEST_WORD = max(map(len, WORDS))


def is_name(text: str) -> bool:
    """Returns whether a name of an answer can be one of a field: of the contract, or made of words
    that fields are made of, in any case and joined in any way."""
    parts = [part.lower() for part in APART.split(text) if part]
    return bool(parts) and ("".join(parts) in NAMES or all(map(_is_made_of_words, parts)))


@lru_cache(maxsize=4096)
def _is_made_of_words(text: str) -> bool:
    ends = range(1, min(len(text), LONGEST_WORD) + 1)
    return not text or any(text[:end] in WORDS and _is_made_of_words(text[end:]) for end in ends)
