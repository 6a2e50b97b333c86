"""What this package refuses."""


class BadMedia(Exception):
    """A media file breaks a rule, and no further try will mend it.

    `rule` is the rule's name, for code and counters; `message` is a sentence for a person
    that says what is wrong and what to do, without paths.
    """

    def __init__(self, rule: str, message: str) -> None:
        """Keep both, and show both."""
        super().__init__(f"{rule}: {message}")
        self.rule = rule
        self.message = message

    def about(self, label: str) -> "BadMedia":
        """The same refusal, saying which of several files it is about."""
        return BadMedia(self.rule, f"{label}: {self.message}")
