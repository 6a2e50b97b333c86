"""Facts that tests begin with: an ordinary clip."""

from clients.ffmpeg.facts import AudioFacts, Cadence, MediaFacts, VideoFacts


def video(**changes: object) -> VideoFacts:
    facts: dict[str, object] = {
        "index": 0,
        "codec": "h264",
        "profile": "High",
        "pixel_format": "yuv420p",
        "width": 1280,
        "height": 720,
        "sample_aspect": "1",
        "rotation": 0,
        "fps": 24.0,
        "seconds": 5.0,
        "full_range": False,
        "primaries": 1,
        "transfer": 1,
        "matrix": 1,
        "interlaced": False,
        "cadence": Cadence(frames=120, rate="24", gop=48, closed=True),
    }
    return VideoFacts.model_validate(facts | changes)


def sound(**changes: object) -> AudioFacts:
    facts = {"index": 1, "codec": "aac", "rate": 48000, "channels": 2, "seconds": 5.0}
    return AudioFacts.model_validate(facts | changes)


def media(**changes: object) -> MediaFacts:
    facts: dict[str, object] = {
        "container": "mov",
        "bytes": 1_000_000,
        "seconds": 5.0,
        "streams": 2,
        "video": video(),
        "audio": sound(),
    }
    return MediaFacts.model_validate(facts | changes)
