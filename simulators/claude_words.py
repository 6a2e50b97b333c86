"""What the simulated Claude can talk about: small films that look good above gameplay."""

from dataclasses import dataclass

from simulators.choices import Choices


@dataclass(frozen=True)
class Subject:
    """One thing to film, in the words of a story and of its caption."""

    category: str
    hero: str
    scene: str
    turns: tuple[str, str, str, str]
    line: str
    tags: tuple[str, ...]


SUBJECTS = (
    Subject(
        "nature",
        "a glass-green wave",
        "curling over a black volcanic beach at first light",
        (
            "the wave lifts and the low sun shines straight through it",
            "foam runs up the sand like lace and slides back",
            "drops hang in the air and catch the light one by one",
            "the camera dives under the surface into turning gold rays",
        ),
        "The sea did this all night, and nobody was watching.",
        ("ocean", "waves", "sealovers", "goldenhour", "slowmotion"),
    ),
    Subject(
        "space",
        "a drifting astronaut",
        "above a planet whose storms glow violet and copper",
        (
            "lightning spreads under the clouds like roots",
            "a ring of ice passes and throws its shadow over the visor",
            "the tether draws one slow circle against the stars",
            "the planet's edge catches fire with sunrise",
        ),
        "Somewhere it is always sunrise.",
        ("space", "astronaut", "cosmos", "scifi", "stars"),
    ),
    Subject(
        "miniature worlds",
        "a tiny steam train",
        "crossing a bridge of books in a moonlit library",
        (
            "its smoke becomes letters that float off the page",
            "paper trees unfold along the rails as it passes",
            "an ink river flows under the bridge and reflects the lamps",
            "the train dives into an open atlas and comes out at the sea",
        ),
        "Every bookshelf has a night timetable.",
        ("miniature", "tinyworld", "stopmotion", "books", "whimsical"),
    ),
    Subject(
        "city nights",
        "a fox with neon reflections in its fur",
        "walking through a rain-washed market after midnight",
        (
            "puddles turn every sign upside down",
            "steam from a noodle stall wraps around its paws",
            "a tram slides past and paints it blue, then red",
            "it stops, looks into the lens, and is gone between two lanterns",
        ),
        "The city belongs to whoever stays up.",
        ("neon", "citylights", "cyberpunk", "fox", "nightwalk"),
    ),
    Subject(
        "oddly satisfying",
        "a ribbon of molten glass",
        "folding over itself in a dark workshop",
        (
            "colours bleed into each other and never mix",
            "a bubble grows inside and turns the flame upside down",
            "the ribbon coils into a perfect shell",
            "it cools from white to amber to deep green",
        ),
        "You can't look away, can you?",
        ("oddlysatisfying", "glassblowing", "craft", "asmr", "satisfying"),
    ),
    Subject(
        "fantasy",
        "a whale made of clouds",
        "swimming between snow peaks at dusk",
        (
            "villages light their windows as its shadow passes",
            "it breathes out and the breath falls as snow",
            "birds ride along its back in a long silver line",
            "it turns over once and becomes the weather",
        ),
        "Tomorrow's weather, seen today.",
        ("fantasy", "dreamscape", "clouds", "mountains", "magic"),
    ),
    Subject(
        "food",
        "a wheel of dark chocolate",
        "spinning slowly under a stream of hot caramel",
        (
            "the caramel lands in a thread as thin as a hair",
            "sea salt falls in slow crystals and bounces",
            "the crust breaks along one clean line",
            "steam curls up through a shaft of kitchen light",
        ),
        "Sound on. Diet off.",
        ("chocolate", "dessert", "foodie", "caramel", "foodporn"),
    ),
    Subject(
        "micro worlds",
        "a drop of water on a feather",
        "holding a whole garden in its reflection",
        (
            "the barbs of the feather open like blinds",
            "an ant stops to look at the giant flower inside",
            "a second drop lands and the two become one",
            "it rolls, lets go, and the garden falls with it",
        ),
        "The smallest window in the world.",
        ("macro", "macrophotography", "waterdrop", "tinydetails", "garden"),
    ),
)

STYLES = (
    "cinematic, shallow depth of field, teal and amber grade, soft film grain",
    "hand-painted look, bold rim light, saturated dusk colours",
    "hyper-real macro, slow motion, glowing backlight and deep blacks",
    "dreamlike, volumetric light, pastel haze, gentle lens bloom",
    "moody, wet reflections, high contrast, long lens compression",
    "clean and bright, crisp textures, natural light, quiet colours",
)
MOVES = (
    "slow push in",
    "smooth orbit to the left",
    "low tracking shot",
    "rising crane shot",
    "handheld follow, close",
    "top-down drift",
)
HOOKS = ("curiosity", "question", "bold claim", "countdown", "surprise", "relatable")
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
        self.style = choices.pick("style", STYLES)

    def prompt(self) -> str:
        """The film in two sentences."""
        move = self._choices.pick("move", MOVES)
        turn = self._choices.pick("turn", self.subject.turns)
        hero = self.subject.hero[0].upper() + self.subject.hero[1:]
        return f"{hero} {self.subject.scene}; {turn}. {move.capitalize()}, {self.style}."

    def shot(self, number: int) -> str:
        """One shot; the shots of a script follow each other."""
        turn = self.subject.turns[number % len(self.subject.turns)]
        move = self._choices.pick(f"move/{number}", MOVES)
        hero = self.subject.hero[0].upper() + self.subject.hero[1:]
        return f"{hero} {self.subject.scene}: {turn}. {move.capitalize()}, {self.style}."

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

    def call_to_action(self) -> str:
        """What the viewer is asked to do."""
        return self._choices.pick("call", CALLS)
