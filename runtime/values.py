"""The kinds of value that a setting may have, each refusing what is not one.

A refusal is a ValueError whose text goes on after the variable's name: "is not an address:
...". It never repeats a secret.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretBytes, SecretStr

KEY_BYTES = 32


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ValueError("is not an address: write host:port, like 127.0.0.1:7233")
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not a web address: write one that starts with https:// or http://")
    return value.rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError(
            "is not a database's address: write postgresql://user:password@host:5432/name"
        )
    return value


def _key(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        key = bytes.fromhex(value)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("is not a key: write 64 hex digits, as `openssl rand -hex 32` prints them")
    return key


def _public_key(value: object) -> object:
    try:
        key = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("is not a public key: copy its 64 hex digits from the app's page")
    return key


def _folder(value: Path) -> Path:
    if not value.is_dir() or not os.access(value, os.W_OK | os.X_OK):
        raise ValueError("is not a folder that this user can write to")
    return value.resolve()


def _readable(value: Path) -> Path:
    if not value.is_file() or not os.access(value, os.R_OK):
        raise ValueError("is not a file that this user can read")
    return value.resolve()


def _program(value: Path) -> Path:
    if not value.is_file() or not os.access(value, os.X_OK):
        raise ValueError("is not a program that this user can run")
    return value.resolve()


def _reviewers(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    if not all(user.strip() and name.strip() for user, _, name in pairs):
        raise ValueError("is not a list of reviewers: write U123=alice,U456=bob")
    return {user.strip(): name.strip() for user, _, name in pairs}


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise ValueError("is not a list of addresses: write 10.0.0.5,10.1.0.0/16") from None


def smtp_url(value: SecretStr) -> SecretStr:
    """The address of a mail server, smtp:// or smtps://. Raises ValueError for any other."""
    try:
        parts = urlsplit(value.get_secret_value())
        good = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("is not a mail server's address: write smtp://user:password@host:587")
    return value


def _token_keys(value: object) -> object:
    return read_token_keys(Path(value)) if isinstance(value, str) else value


@dataclass(frozen=True)
class TokenKeys:
    """The keys that seal access tokens, by key id, and the id that new seals use."""

    primary: str
    by_id: Mapping[str, bytes] = field(repr=False)


def read_private_file(path: Path) -> str:
    """Read a secret from a file, without the line end that editors add.

    Raises ValueError when it can't be read, is empty, or is open to other users.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(f"names {path}, which can't be read: {reason}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"names {path}, which others can read: run chmod 600 {path}")
    if not text:
        raise ValueError(f"names {path}, which is empty")
    return text


def read_token_keys(folder: Path) -> TokenKeys:
    """Read a folder of key files: the name is the key's id, the last name is the primary.

    Raises ValueError when there is none, or one of them is not a private key file.
    """
    if not folder.is_dir():
        raise ValueError(f"names {folder}, which is not a folder of key files")
    by_id = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            by_id[path.name] = bytes.fromhex(read_private_file(path))
        except ValueError as error:
            if "hexadecimal" not in str(error):
                raise
        if len(by_id.get(path.name, b"")) != KEY_BYTES:
            raise ValueError(f"holds {path.name}, which is not a key of 64 hex digits")
    if not by_id:
        raise ValueError(f"names {folder}, which holds no key: openssl rand -hex 32 > {folder}/1")
    return TokenKeys(primary=max(by_id), by_id=by_id)


Address = Annotated[str, AfterValidator(_address)]
"""host:port."""
HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""A web address without a slash at its end."""
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
"""postgresql://user:password@host:port/name."""
Key = Annotated[SecretBytes, BeforeValidator(_key)]
"""32 bytes, written as hex."""
KeyFolder = Annotated[TokenKeys, BeforeValidator(_token_keys)]
"""A folder of key files, read."""
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]
"""Addresses and stretches of them."""
Folder = Annotated[Path, AfterValidator(_folder)]
"""A folder that can be written to, absolute."""
Readable = Annotated[Path, AfterValidator(_readable)]
"""A file that can be read, absolute."""
Program = Annotated[Path, AfterValidator(_program)]
"""A file that can be run, absolute."""
PublicKey = Annotated[bytes, BeforeValidator(_public_key)]
"""32 bytes that are no secret, written as hex."""
Reviewers = Annotated[dict[str, str], BeforeValidator(_reviewers)]
"""A reviewer's name by Slack user id."""


def micros(usd: Decimal) -> int:
    """Dollars as micro-dollars, the unit that the database counts in."""
    return int(usd * 1_000_000)
