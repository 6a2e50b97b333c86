"""A long command says how far it is: by line where nobody sits, in a bar where somebody does."""

import io

from rich.console import Console

from runtime.bar import Bar


def test_without_a_terminal_each_fifth_is_one_line() -> None:
    out = io.StringIO()
    with Bar(Console(file=out, width=200)) as bar:
        bar.begin("cutting [x].mp4")
        for percent in (0, 10, 25, 30, 46, 100):
            bar.at(percent)
        bar.begin("storing [x].mp4")
        bar.at(10)
        bar.say("added [x].mp4")

    assert out.getvalue().splitlines() == [
        "cutting [x].mp4: 25 %",
        "cutting [x].mp4: 46 %",
        "cutting [x].mp4: 100 %",
        "added [x].mp4",
    ]


def test_in_a_terminal_the_bar_goes_and_what_was_said_stays() -> None:
    out = io.StringIO()
    with Bar(Console(file=out, width=80, force_terminal=True)) as bar:
        bar.begin("normalising")
        bar.at(50)
        bar.begin("storing")
        bar.at(60)
        bar.say("added game.mp4")

    assert "normalising" in out.getvalue()
    assert "60 %" in out.getvalue()
    assert "added game.mp4" in out.getvalue()
