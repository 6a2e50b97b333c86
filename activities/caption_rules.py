"""What Instagram and the account let stand in a caption."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from activities.plain_text import unfit
from schemas.account import Account

MOST_HASHTAGS = 30
"""In all of a published text, the words included. Instagram: error 2207042 above it."""
MOST_MENTIONS = 20
"""In all of a published text."""

HASHTAG = re.compile(r"#\w+")
MENTION = re.compile(r"(?<!\w)@(\w[\w.]*)")
LINK = re.compile(
    r"""
    (?: [a-z][a-z0-9+.-]*:// | \bwww\. ) \S+      # a scheme, or www
    | \b (?:[\w-]+\.)+                            # or a name under a domain that is in use
      (?: com | net | org | io | co | me | ly | gl | app | dev | ai | tv | gg | gg | to | cc
        | shop | store | link | site | online | info | biz | xyz | edu | gov | test
        | de | fr | es | it | nl | pl | pt | br | uk | us | eu | ch | at | jp | cn | kr | in | ru )
      \b (?: [:/?] \S* )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""More than Instagram itself makes a link of: a viewer can type a bare name, too."""

_LATIN = "en de fr es pt it nl sv da no nb nn fi is pl cs sk sl hr hu ro tr id ms vi et lv lt ca"
SCRIPTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    dict.fromkeys(_LATIN.split(), ("LATIN",))
    | dict.fromkeys(("ru", "uk", "bg", "be", "mk"), ("CYRILLIC",))
    | dict.fromkeys(("ar", "fa", "ur"), ("ARABIC",))
    | dict.fromkeys(("hi", "mr", "ne"), ("DEVANAGARI",))
    | {
        "el": ("GREEK",),
        "he": ("HEBREW",),
        "th": ("THAI",),
        "bn": ("BENGALI",),
        "ta": ("TAMIL",),
        "ka": ("GEORGIAN",),
        "hy": ("ARMENIAN",),
        "zh": ("CJK",),
        "ja": ("CJK", "HIRAGANA", "KATAKANA"),
        "ko": ("HANGUL", "CJK"),
    }
)
"""How the letters of a language are called in Unicode, by the language's code.

All that is checked of a language is its script: a sentence is too short to tell German from
Dutch without refusing good ones. A language that is not here is not checked.
"""


def unfit_for(account: Account, text: str) -> str | None:
    """What a caption of the account must not hold, in words; None when it may be shown.

    Letters of another form, like full-width ones, are read as the plain ones.
    """
    plain = unicodedata.normalize("NFKC", text)
    if any(not _is_allowed(link, account) for link in LINK.findall(plain)):
        return "a link that the account does not allow"
    allowed = {handle.casefold().lstrip("@") for handle in account.allowed_mentions}
    mentions = [mention.rstrip(".").casefold() for mention in MENTION.findall(LINK.sub("", plain))]
    if not set(mentions) <= allowed:
        return "an @mention that the account does not allow"
    if len(mentions) > MOST_MENTIONS:
        return f"more than {MOST_MENTIONS} mentions"
    return unfit(text)


def is_in_language(text: str, language: str) -> bool:
    """Whether at least half of the letters are of the language's script, where that is known."""
    scripts = SCRIPTS.get(language.casefold().replace("_", "-").partition("-")[0])
    letters = [letter for letter in text if letter.isalpha()]
    if scripts is None or not letters:
        return True
    known = sum(unicodedata.name(letter, "").startswith(scripts) for letter in letters)
    return known * 2 >= len(letters)


def hashtags_in(text: str) -> list[str]:
    """The hashtags that stand in a text, as Instagram would count them."""
    return HASHTAG.findall(unicodedata.normalize("NFKC", text))


def _is_allowed(link: str, account: Account) -> bool:
    """Whether a link leads to a host that the account allows, or to one under it."""
    address = link.partition("://")[2] or link
    authority = re.split(r"[/?#]", address, maxsplit=1)[0].casefold()
    if "://" in link and not link.casefold().startswith(("http://", "https://")):
        return False
    if not re.fullmatch(r"[\w.-]+", authority):
        return False  # a port, a user, a backslash: nothing that a caption needs
    host = authority.strip(".")
    allowed = (one.casefold() for one in account.allowed_links)
    return any(host == one or host.endswith(f".{one}") for one in allowed)
