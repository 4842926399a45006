"""docs/alerts.md has every kind of notice as the program has it: when it comes, and what to do."""

import hashlib
import hmac
import re
from typing import Any

from audit_core.alerts import KINDS
from audit_core.alerts.ways import signature
from tests.docs.test_docs import page


def test_every_kind_is_there_with_when_it_comes_and_what_to_do() -> None:
    rows = [line for line in page("alerts.md").splitlines() if re.match(r"\| [^|]+ \(`\w+`\) \|", line)]
    assert rows == [
        f"| {kind.title} (`{kind.name}`) | {kind.severity} | {kind.comes} | {kind.advice} |" for kind in KINDS.values()
    ]


def test_what_the_page_says_of_checking_a_signature_is_so() -> None:
    (told,) = re.findall(r"```python\n(.*?)```", page("alerts.md"), re.DOTALL)
    names: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(told, names)  # noqa: S102  (the page's own words)
    headers = {"X-Redline-Timestamp": "17", "X-Redline-Signature": f"sha256={signature('secret', '17', b'body')}"}
    assert names["is_ours"](b"secret", headers, b"body")
    assert not names["is_ours"](b"secret", headers, b"another body")
    assert not names["is_ours"](b"another secret", headers, b"body")
