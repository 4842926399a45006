"""Which passwords are taken: long ones that take many guesses, of whatever they are made."""

import pytest

from audit_core.access.passwords import check_acceptable, new_password
from audit_core.errors import ConfigError

ANN = "ann.miller@example.com"


@pytest.mark.parametrize(
    "password",
    ["passwordpassword", "qwertyuiop123456", "aaaaaaaaaaaaaaa", "redlineredline1", "ann.miller@example.com",
     "ann-miller-2", "Password1234!", "abcdefghijklmn", "redline-example-1"],
)  # fmt: skip
def test_what_is_guessed_early_is_refused(password: str) -> None:
    with pytest.raises(ConfigError, match="too easy to guess"):
        check_acceptable(password, ANN, 12)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "unter der brücke 7 enten", "zk4wq0vbt1mx",
     "ducks, owls and whoever else lives under the bridge behind the mill where the old road ends"],
)  # fmt: skip
def test_a_few_unrelated_words_or_a_random_one_will_do(password: str) -> None:
    check_acceptable(password, ANN, 12)
    check_acceptable(new_password(), ANN, 12)


@pytest.mark.parametrize("password", ["zk4wq0vbt1m", "z" * 257])
def test_it_has_twelve_to_256_characters(password: str) -> None:
    with pytest.raises(ConfigError, match=r"has \d+ characters, expected 12 to 256"):
        check_acceptable(password, ANN, 12)
