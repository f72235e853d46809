"""Why a payment was declined: what processors send, and what customers read."""

import pytest

from payments.checkout.decline_reasons import REASONS, reason_for

SENT = {
    "Insufficient funds": "enough money",
    "DECLINED-INSUFF FUNDS": "enough money",
    "51: Not sufficient funds (NSF)": "enough money",
    "R01": "enough money",
    "Expired Card": "has expired",
    "INVALID EXP DATE": "has expired",
    "CVV2 MISMATCH": "security code",
    "Card Verification Value Invalid": "security code",
    "CID verification failed": "security code",
    "AVS REJECTED": "ZIP code",
    "Address verification failed": "ZIP code",
    "Zip code does not match": "ZIP code",
    "EXCEEDS WITHDRAWAL LIMIT": "more than your card allows",
    "Over limit": "more than your card allows",
    "Activity limit exceeded": "more than your card allows",
    "Lost Card": "can't be used here",
    "PICK UP CARD - STOLEN": "can't be used here",
    "Suspected fraud": "can't be used here",
    "Restricted card": "can't be used here",
    "Account closed": "closed",
    "No such account": "wasn't found",
    "Unable to locate account": "wasn't found",
    "Invalid routing number": "wasn't found",
    "INVALID CARD NUMBER": "card number isn't right",
    "Card No. Error": "card number isn't right",
    "No such issuer": "card number isn't right",
    "Incorrect PIN": "PIN",
    "Duplicate transaction": "just made",
    "Card type not accepted": "isn't accepted",
    "Transaction not permitted to cardholder": "isn't accepted",
    "Issuer unavailable": "couldn't be reached",
    "Processor timed out": "couldn't be reached",
    "Do Not Honor": "Call them",
    "DECLINED - DO NOT HONOUR": "Call them",
    "Refer to issuer": "Call them",
    "CALL AUTH CENTER": "Call them",
    "DECLINED": "Call them",
    "Declined.": "Call them",
    "DECLINE 05": "Call them",
}


@pytest.mark.parametrize(("sent", "read"), SENT.items())
def test_what_processors_send_is_said_in_plain_words(sent: str, read: str) -> None:
    assert read in reason_for(sent)


@pytest.mark.parametrize("sent", ["", "Approved", "Code 4711", "Hold mail", "<b>odd</b>", "…"])
def test_other_words_are_left_as_they_are(sent: str) -> None:
    assert reason_for(sent) == ""


def test_no_one_is_told_that_a_card_was_stolen() -> None:
    said = " ".join(map(str, REASONS.values())).lower()
    assert not any(word in said for word in ("stolen", "lost", "fraud"))


def test_a_long_text_takes_no_time() -> None:
    assert reason_for("exceed " * 100_000) == ""
