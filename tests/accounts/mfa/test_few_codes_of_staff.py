"""Staff hear that recovery codes run out as members do, and who helps without one."""

import pytest
from django.test import Client

from accounts.mfa.few_codes import FEW
from accounts.models import User
from tests.accounts.mfa.test_few_codes import leave
from tests.accounts.mfa.test_staff import BEHIND, HERE, SET_UP, clerk, codes, sign_in

__all__ = ["clerk", "codes"]  # fixtures
SETTINGS = "/admin/my-settings/"
HELP = "only a superuser can help you sign in"


def use(client: Client, code: str) -> str:
    answer = client.post(f"{HERE}?next={BEHIND}", {"code": code}, follow=True)
    assert answer.request["PATH_INFO"] == BEHIND
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (FEW, f"You have {FEW} recovery codes left. If you lose your phone"),
        (1, "You have 1 recovery code left. If you lose your phone"),
        (0, "You have no recovery codes left. If you lose your phone"),
    ],
)
def test_their_page_warns(client: Client, codes: list[str], left: int, words: str) -> None:
    use(client, codes[0])
    leave(left)
    page = client.get(SET_UP).content.decode()
    assert words in page
    assert HELP in page
    assert "of your recovery codes" not in page  # told once
    assert words in client.get(SETTINGS).content.decode()


def test_with_enough_codes_nothing_warns(client: Client, codes: list[str]) -> None:
    assert HELP not in use(client, codes[0])
    leave(FEW + 1)
    page = client.get(SET_UP).content.decode()
    assert f"{FEW + 1} of your recovery codes are left." in page
    assert HELP not in page + client.get(SETTINGS).content.decode()


def test_who_signs_in_with_one_of_the_last_codes_is_told_at_once(
    client: Client, clerk: User, codes: list[str]
) -> None:
    for code in codes[: -FEW - 1]:
        assert HELP not in use(client, code)
        client.post("/admin/logout/")
        sign_in(client, clerk)
    page = use(client, codes[-1])
    assert f"You have {FEW} recovery codes left." in page
    assert HELP in page
    assert f'href="{SET_UP}"' in page
    assert HELP not in client.get(BEHIND).content.decode()  # on one page only
