"""No secret in any line: by the name of a field, and by the look of a value."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"token|secret|authorization|api_?key|password|cookie|signature|webhook|"
    r"(decision|access|private|signing)_key",
    re.IGNORECASE,
)

_SECRET_VALUES = (
    re.compile(r"\b(?:EAA|IGAA|IGQ)[A-Za-z0-9_-]{8,}"),  # Meta access tokens
    re.compile(r"\bsk-ant-[A-Za-z0-9_-]+"),  # Claude
    re.compile(r"\bluma-[A-Za-z0-9-]{8,}"),
    re.compile(r"\bkey_[0-9a-f]{32,}"),  # Runway
    re.compile(r"(?<=\bKey )[^\s\"',]+:[^\s\"',]+"),  # fal
    re.compile(r"\bxox[a-z]-[A-Za-z0-9-]+"),  # Slack
    re.compile(r"(?<=Bearer )[^\s\"',]+", re.IGNORECASE),
    re.compile(r"(?<=/services/)[\w/-]+"),  # the secret part of a Slack webhook
    re.compile(r"(?<=/mail/)[\w-]+\.[\w-]+"),  # the link of a digest
    re.compile(
        r"(?<=[?&])((?:X-Amz-(?:Signature|Credential|Security-Token)|access_token|input_token|"
        r"fb_exchange_token|client_secret|appsecret_proof|code_verifier|code|state)=)[^&\s\"']+",
        re.IGNORECASE,
    ),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password in a URL
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Hide every secret of a log line; a structlog processor, the last before the renderer."""
    return {key: _shown(key, value) for key, value in event.items()}


def redact_text(text: str) -> str:
    """Hide what looks like a secret in a text."""
    for pattern in _SECRET_VALUES:
        text = pattern.sub(HIDDEN, text)
    return text


def _shown(key: str, value: object) -> object:
    """A field as it may be shown. Numbers are: `output_tokens=512` is a count, not a token."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_NAME.search(key):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(name): _shown(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", inner) for inner in value]
    return redact_text(value if isinstance(value, str) else str(value))
