"""What a container is asked to be: its parameters against the rules.

Sources: Meta's IG User media reference (v26.0) for the parameters, and its error codes.

Choices where the sources leave one: `location_id`, `collaborators`, `user_tags` and `upload_type`
are ignored with Instagram Login, which has none of them; the 401st container of a day is
refused with 9/2207042, as the 51st post is.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from simulators.graph_calls import Ask, Refused, flag, structure, whole, words
from simulators.graph_errors import graph_error, invalid, required
from simulators.instagram_tokens import FACEBOOK

LONGEST_CAPTION, MOST_HASHTAGS, MOST_MENTIONS = 2200, 30, 20
MOST_COLLABORATORS, MOST_TAGS = 3, 20
MOST_CONTAINERS = 400
"""In 24 hours."""
STRATEGIES = ("MANUAL", "SS_PERFORMANCE")
RESUMABLE = "resumable"


def container_facts(ask: Ask) -> dict[str, Any]:
    """What the ledger says of a container: no address with its query. Raises Refused."""
    if ask.get("media_type") != "REELS":
        raise Refused(graph_error(100, 2207023))
    facts: dict[str, Any] = _source(ask)
    facts["caption"] = _caption(ask.get("caption"))
    facts["media_type"] = "REELS"
    facts["share_to_feed"] = flag(ask.params.get("share_to_feed"))
    facts["is_ai_generated"] = flag(ask.params.get("is_ai_generated"))
    facts |= _cover(ask)
    if "audio_name" in ask.params:
        facts["audio_name"] = ask.get("audio_name")
    if "trial_params" in ask.params:
        facts["trial_params"] = _trial(ask)
    if ask.flavour == FACEBOOK:
        facts |= _of_facebook_login(ask)
    return facts


def _source(ask: Ask) -> dict[str, Any]:
    """Where the video comes from."""
    if ask.flavour == FACEBOOK and ask.get("upload_type") == RESUMABLE:
        return {"upload_type": RESUMABLE}
    url = ask.get("video_url")
    if not url:
        raise Refused(required("video_url"))
    return {"video_url": address(url)}


def address(url: str) -> str:
    """An address without its query. Raises Refused for what Meta wouldn't fetch."""
    if not url.isascii() or not url.startswith(("http://", "https://")):
        raise Refused(graph_error(9004, 2207052))
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _caption(caption: str) -> str:
    hashtags, mentions = re.findall(r"#\w+", caption), re.findall(r"@\w+", caption)
    too_much = len(hashtags) > MOST_HASHTAGS or len(mentions) > MOST_MENTIONS
    if len(caption) > LONGEST_CAPTION or too_much:
        raise Refused(graph_error(36004, 2207010))
    return caption


def _cover(ask: Ask) -> dict[str, Any]:
    """A cover wins over an offset; how long the video is, only processing finds out."""
    facts: dict[str, Any] = {}
    if "thumb_offset" in ask.params:
        if not re.fullmatch(r"\d{1,9}", ask.get("thumb_offset").strip()):
            raise Refused(graph_error(1, 2207057))
        facts["thumb_offset"] = whole(ask.params, "thumb_offset", 0)
    if ask.get("cover_url"):
        facts["cover_url"] = address(ask.get("cover_url"))
        facts.pop("thumb_offset", None)
    return facts


def _trial(ask: Ask) -> str:
    strategy = structure(ask.params, "trial_params", dict).get("graduation_strategy")
    if strategy not in STRATEGIES:
        words_of = ", ".join(STRATEGIES)
        raise Refused(invalid(f"trial_params.graduation_strategy must be one of: {words_of}"))
    return str(strategy)


def _of_facebook_login(ask: Ask) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if "collaborators" in ask.params:
        facts["collaborators"] = words(ask.get("collaborators"))
        if len(facts["collaborators"]) > MOST_COLLABORATORS:
            raise Refused(invalid(f"Param collaborators must have at most {MOST_COLLABORATORS}"))
    if "location_id" in ask.params:
        facts["location_id"] = str(whole(ask.params, "location_id", 0))
    tags = structure(ask.params, "user_tags", list)
    if tags is not None:
        if len(tags) > MOST_TAGS:
            raise Refused(graph_error(100, 2207040))
        if not all(isinstance(tag, dict) and tag.get("username") for tag in tags):
            raise Refused(invalid("Param user_tags[0] must have a username"))
        facts["user_tags"] = [str(tag["username"]) for tag in tags]
    return facts
