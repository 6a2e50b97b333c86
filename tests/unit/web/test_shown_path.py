import pytest

from web.edge import shown_path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/mail/canary.canary", "/mail/..."),
        ("/mail/canary\ncanary", "/mail/..."),
        ("/mail/", "/mail/..."),
        ("/mailing", "/mailing"),
        ("/reels/" + "ab" * 32 + "/video.mp4", "/reels/" + "ab" * 6 + "/video.mp4"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_what_opens_something_does_not_stand_in_a_log(path: str, shown: str) -> None:
    assert shown_path(path) == shown
