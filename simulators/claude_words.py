"""What the simulated Claude can talk about: small films that look good above gameplay."""

from dataclasses import dataclass

from simulators.choices import Choices


@dataclass(frozen=True)
class Subject:
    """One thing to film, in the words of a story and of its caption."""

    category: str
    hero: str
    line: str
    tags: tuple[str, ...]


SUBJECTS = (
    Subject(
        "nature",
        "a glass-green wave",
        "The sea did this all night, and nobody was watching.",
        ("ocean", "waves", "sealovers", "goldenhour", "slowmotion"),
    ),
    Subject(
        "space",
        "a drifting astronaut",
        "Somewhere it is always sunrise.",
        ("space", "astronaut", "cosmos", "scifi", "stars"),
    ),
    Subject(
        "miniature worlds",
        "a tiny steam train",
        "Every bookshelf has a night timetable.",
        ("miniature", "tinyworld", "stopmotion", "books", "whimsical"),
    ),
    Subject(
        "city nights",
        "a fox with neon reflections in its fur",
        "The city belongs to whoever stays up.",
        ("neon", "citylights", "cyberpunk", "fox", "nightwalk"),
    ),
    Subject(
        "oddly satisfying",
        "a ribbon of molten glass",
        "You can't look away, can you?",
        ("oddlysatisfying", "glassblowing", "craft", "asmr", "satisfying"),
    ),
    Subject(
        "fantasy",
        "a whale made of clouds",
        "Tomorrow's weather, seen today.",
        ("fantasy", "dreamscape", "clouds", "mountains", "magic"),
    ),
    Subject(
        "food",
        "a wheel of dark chocolate",
        "Sound on. Diet off.",
        ("chocolate", "dessert", "foodie", "caramel", "foodporn"),
    ),
    Subject(
        "micro worlds",
        "a drop of water on a feather",
        "The smallest window in the world.",
        ("macro", "macrophotography", "waterdrop", "tinydetails", "garden"),
    ),
)

HEROES = (
    "a paper fox", "an old lighthouse keeper", "a clockwork beetle", "a barefoot violinist",
    "a snail with a lantern", "twin moon moths", "a rusty delivery robot", "a sleepy dragon",
    "an ice skater in red", "a parade of acorns", "a glass octopus", "the last tram driver",
    "a cat in a raincoat", "a knitted astronaut", "a baker's apprentice", "a stone giant's child",
    "an origami heron", "a barrel of bees", "a one-eyed parrot", "a gardener made of moss",
    "a shy thundercloud", "a runaway kite", "a porcelain elephant", "a diver with no helmet",
)  # fmt: skip
PLACES = (
    "on the roof of a sleeping theatre", "in a canyon of salt", "under a frozen waterfall",
    "between the wheels of a carnival", "inside a hollow baobab", "at the edge of a lava field",
    "through a market of umbrellas", "down a staircase of books", "over fields of blue flax",
    "in an abandoned swimming pool", "along a harbour at low tide", "behind a curtain of ivy",
    "across a mirror-flat lake", "within a giant seashell", "beside a railway in the desert",
    "up a spiral of wind turbines", "around a well in the snow", "among tall chess pieces",
    "in the belly of a grand piano", "beneath a bridge of roots", "on a raft of orange crates",
    "at a petrol station at dawn", "inside a greenhouse in a storm", "above a city of tents",
)  # fmt: skip
ACTS = (
    "finds", "hides", "repairs", "paints", "follows", "weighs", "folds up", "wakes", "plants",
    "swallows", "borrows", "counts", "juggles", "chases", "carries home", "unpacks", "trades",
    "measures", "polishes", "buries", "tunes", "waters", "lights", "releases", "climbs", "bakes",
    "knits", "photographs", "serenades", "outruns",
)  # fmt: skip
THINGS = (
    "a thumb-high door", "its own shadow", "a fallen star", "the loudest bell in town",
    "a suitcase of birds", "the horizon like a letter", "a thread of honey", "hundreds of lamps",
    "the rain upside down", "a map that blinks", "two clouds on a ribbon", "a jug full of evening",
    "the broken station clock", "fish-shaped footprints", "a tower of spoons", "floating stones",
    "every street sign", "an echo in a bottle", "the last snowflake", "a choir of kettles",
    "the king's lost button", "an hour that was left over", "a carousel horse", "glowing seeds",
    "the sleeping volcano", "somebody's forgotten umbrella", "a staircase to nowhere",
    "one enormous dandelion", "the secret of the tide", "a queue of patient snails",
)  # fmt: skip
LIGHTS = (
    "low winter sun", "candle glow", "hard noon light", "neon after rain", "overcast and soft",
    "moonlit fog", "stage spotlights", "the last minute of dusk", "bioluminescent shimmer",
    "morning through dusty windows",
)  # fmt: skip
PALETTES = (
    "teal and amber", "black, bone and one red", "washed pastels", "copper with verdigris",
    "indigo over silver", "saffron and plum", "moss, clay and cream", "icy blues",
    "coral against charcoal", "faded kodachrome",
)  # fmt: skip
MEDIA = (
    "stop-motion felt", "grainy 16 mm film", "glossy macro photography", "gouache animation",
    "cut-paper theatre", "hyper-real render", "woodcut in motion", "tilt-shift miniature",
    "watercolour bleeding at its edges", "marionettes on visible strings",
)  # fmt: skip
MOVES = (
    "slow push in",
    "smooth orbit to the left",
    "low tracking shot",
    "rising crane shot",
    "handheld follow, close",
    "top-down drift",
)
HOOKS = ("curiosity", "question", "bold claim", "countdown", "surprise", "relatable")
HOOK_TEXTS = (
    "Wait for the last second 👀",
    "Nobody expected the ending",
    "It looks calm. Watch its shadow.",
    "How can something this small do that?",
    "You'll want to see this twice ✨",
    "Day 1 of making strangers stop scrolling",
)
OPENERS = (
    "Wait for the last second.",
    "Nobody told me this could look so good.",
    "What would you call this place?",
    "Three seconds in, you'll forget what you were doing.",
    "Tell me you didn't just watch that twice.",
    "POV: it's 2 a.m. and you found this.",
)
CALLS = (
    "Follow for a new little world every day.",
    "Save this for a bad day.",
    "Send it to someone who needs a quiet minute.",
    "Comment the first word that came to mind.",
    "Which one should be next? Tell us below.",
)
TAGS = (
    "reels", "reelsinstagram", "aivideo", "aiart", "viral", "explore", "fyp", "satisfying",
    "relaxing", "visualart", "animation", "creative", "dailyreel", "storytime", "gameplay",
    "splitscreen", "motiondesign", "calm", "wonder", "mesmerizing",
)  # fmt: skip


class Script:
    """One story and its caption, chosen by the words of a request."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self.subject = choices.pick("subject", SUBJECTS)
        parts = (("light", LIGHTS), ("palette", PALETTES), ("medium", MEDIA))
        self.style = ", ".join(choices.pick(name, options) for name, options in parts)
        self.hero = choices.pick("hero", HEROES)
        self.place = choices.pick("place", PLACES)
        acts, things = choices.some("acts", ACTS, 12), choices.some("things", THINGS, 12)
        self.turns = [f"{act} {thing}" for act, thing in zip(acts, things, strict=True)]

    def prompt(self) -> str:
        """The film in one sentence."""
        last = self.turns[-1]
        return f"{_capital(self.hero)} {self.place} {self.turns[-2]}; in the end it {last}."

    def shot(self, number: int) -> str:
        """One shot; the shots of a script follow each other."""
        turn = self.turns[number % len(self.turns)]
        move = self._choices.pick(f"move/{number}", MOVES)
        return f"{_capital(self.hero)} {self.place} {turn}. {_capital(move)}, {self.style}."

    def caption(self, number: int = 0) -> str:
        """Two lines, without hashtags; the captions of a script open differently."""
        start = self._choices.number("opener", 0, len(OPENERS) - 1)
        opener = OPENERS[(start + number) % len(OPENERS)]
        return f"{opener} {self.subject.line} {self.emoji()}"

    def emoji(self) -> str:
        """What the caption carries."""
        return "✨"

    def hashtags(self, count: int) -> list[str]:
        """Distinct hashtags, the subject's own first."""
        own = list(self.subject.tags)
        rest = [tag for tag in self._choices.some("tags", TAGS, len(TAGS)) if tag not in own]
        chosen = (own + rest)[:count]
        chosen += [f"reelday{number}" for number in range(count - len(chosen))]
        return [f"#{tag}" for tag in chosen]

    def hook(self) -> str:
        """How the caption catches."""
        return self._choices.pick("hook", HOOKS)

    def hook_text(self) -> str:
        """What stands on the picture at the beginning."""
        return self._choices.pick("hook text", HOOK_TEXTS)

    def call_to_action(self) -> str:
        """What the viewer is asked to do."""
        return self._choices.pick("call", CALLS)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
