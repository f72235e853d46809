"""The code that docs/webhooks.md gives developers works with what we send."""

import re
import time
from pathlib import Path
from typing import Any

from posting.webhooks import signing

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()


def test_the_example_verifies_what_we_sign_and_nothing_else() -> None:
    [code] = re.findall(r"```python\n(import base64.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  the page's own code
    verify, old, new = names["verify"], signing.new_secret(), signing.new_secret()
    body, now = b'{"type":"portal.test"}', int(time.time())
    headers = signing.headers([new, old], message_id="msg_P1", timestamp=now, body=body)
    assert verify(old, headers, body)
    assert verify(new, headers, body)
    assert not verify(signing.new_secret(), headers, body)
    assert not verify(new, headers, body + b" ")
    assert not verify(new, {**headers, "webhook-id": "msg_P2"}, body)
    late = signing.headers([new], message_id="msg_P1", timestamp=now - 301, body=body)
    assert not verify(new, late, body)
