import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.credentials import Login, Secret, User, resolve
from collectors.redaction import blot
from qianyun.errors import DeclarationError

CANARY = "c4nary-Secret"


@pytest.mark.parametrize(
    "line",
    [
        " local-user admin password irreversible-cipher {}",
        " password cipher {}",
        "snmp-agent community read cipher {}",
        "snmp-agent usm-user v3 ops authentication-mode sha {}",
        "snmp-server community {} RO",
        "enable secret 5 {}",
        "username ops privilege 15 password 7 {}",
        "tacacs-server key 7 {}",
        "  set password ENC {}",
        "  set psksecret ENC {}",
        " pre-shared-key cipher {}",
        "radius-server key {}",
        'key-string "{}"',
    ],
)
def test_the_secret_on_a_line_of_a_configuration_is_blotted_out_and_the_line_stays(line: str) -> None:
    blotted = blot(line.format(CANARY))

    assert CANARY not in blotted
    assert blotted.split()[0] == line.split(maxsplit=1)[0]


def test_a_private_key_is_blotted_out_whole() -> None:
    text = f"before\n-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----\nafter\n"

    assert blot(text) == "before\n•••\nafter\n"


def test_rules_and_addresses_are_left_as_they_are() -> None:
    text = "acl number 3001\n rule 5 permit tcp source 10.0.0.0 0.0.0.255 destination-port eq 22\n"

    assert blot(text) == text


@given(st.text(max_size=300))
def test_blotting_twice_is_blotting_once_and_never_fails(text: str) -> None:
    assert blot(blot(text)) == blot(text)


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(CANARY)
    user = User(name="ops", auth_password=secret, priv_password=secret)
    login = Login(user="ops", password=secret)

    assert CANARY not in f"{secret} {secret!r} {user} {login!r} {vars} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_file_with_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "word"
    file.write_text(CANARY + "\n")
    file.chmod(0o644)

    with pytest.raises(DeclarationError, match="can be read by others; chmod 600"):
        resolve("file:word", "collect.yml:3", tmp_path)

    file.chmod(0o600)
    assert resolve("file:word", "collect.yml:3", tmp_path).reveal() == CANARY
