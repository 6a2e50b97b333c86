"""The threshold of novelty, held against stories that a person told apart."""

# ruff: noqa: E501, RUF001 - stories are long, and letters of another form are compared

from datetime import date
from itertools import combinations

import pytest

from activities.novelty import TOO_CLOSE, nearness, vocabulary
from db.stories import EarlierStory
from tests.factories import a_story

RETOLD = (
    (
        (
            "A tiny robot discovers coffee beans in a rainy kitchen and brews its first espresso, "
            "steam fogging its glass eyes. A tiny copper robot stands on a wet windowsill, grey rain "
            "light, macro lens. The tiny copper robot pours steaming coffee from a moka pot."
        ),
        (
            "In a kitchen on a rainy day a little robot finds coffee beans and makes its first "
            "espresso while steam clouds its glass eyes. A small copper robot stands on a wet window "
            "sill, grey rainy light, macro shot. The small copper robot pours hot coffee out of a "
            "moka pot."
        ),
    ),
    (
        (
            "A lighthouse keeper's cat steers the beam to guide a lost whale home through fog. A grey "
            "cat sits beside a huge rotating lighthouse lamp, thick fog outside, blue dusk light. A "
            "humpback whale rises in the beam of the lighthouse, sea spray glowing, wide shot."
        ),
        (
            "Lost in the fog, a whale is led home by the lighthouse beam, which the keeper's cat "
            "turns. A grey cat next to an enormous turning lighthouse lamp, dense fog behind the "
            "panes, blue dusk. In the lighthouse beam a humpback whale comes up, glowing spray."
        ),
    ),
    (
        (
            "Origami cranes escape from a teacher's desk and turn into a storm of colour above the "
            "school yard. A paper crane unfolds its wings on a wooden desk, morning sun. Hundreds of "
            "paper cranes swirl over a school yard, bright sky."
        ),
        (
            "A storm of colour over the school yard: the origami cranes have fled the teacher's desk. "
            "On a wooden desk in morning sun a paper crane opens its wings. Hundreds of cranes made "
            "of paper whirl above a school yard under a bright sky."
        ),
    ),
)
SAME_HERO = (
    (
        "A tiny robot learns to ice skate on a frozen puddle and writes its name with the blades. A "
        "tiny copper robot wobbles on a frozen puddle at dawn, frosty grass, macro lens."
    ),
    (
        "A tiny robot adopts a snail and builds it a racing shell out of bottle caps. A tiny copper "
        "robot kneels next to a garden snail on moss, soft morning light, macro lens."
    ),
    (
        "A tiny robot conducts an orchestra of fireflies in a jam jar at midnight. A tiny copper "
        "robot lifts a match as a baton, dark meadow, fireflies glowing."
    ),
    (
        "A tiny robot plants a light bulb and grows a tree of lamps. A tiny copper robot digs in a "
        "flower pot with a teaspoon, warm window light."
    ),
)


def similarity(one: str, other: str) -> float:
    earlier = EarlierStory(day=date(2026, 11, 22), prompt=other, shots=())
    return nearness(a_story(prompt=one, shots=("-",)), [earlier]).similarity


@pytest.mark.parametrize("pair", RETOLD)
def test_a_story_in_other_words_is_too_close(pair: tuple[str, str]) -> None:
    assert similarity(*pair) >= TOO_CLOSE + 0.04


@pytest.mark.parametrize("pair", [*combinations(SAME_HERO, 2)])
def test_another_story_of_the_same_hero_is_new(pair: tuple[str, str]) -> None:
    assert similarity(*pair) <= TOO_CLOSE - 0.15


def test_case_accents_punctuation_and_forms_make_no_difference() -> None:
    assert vocabulary("The CAFÉ: robots, dances!") == vocabulary("the cafe robot dance")
    assert similarity("Ｔｉｎｙ robots — danced", "tiny ROBOT dances!") == 1.0


def test_the_first_story_is_near_to_none() -> None:
    assert nearness(a_story(), []).similarity == 0.0
