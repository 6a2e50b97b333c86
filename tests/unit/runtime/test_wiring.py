import pytest

from runtime.settings import SettingsError
from runtime.stack.wiring import _brought, _refuse_keyless


@pytest.mark.parametrize(
    ("base", "key"),
    [
        ("LUMA_BASE_URL", "LUMA_AGENTS_API_KEY"),
        ("LUMA_LEGACY_BASE_URL", "LUMAAI_API_KEY"),
        ("RUNWAY_BASE_URL", "RUNWAYML_API_SECRET"),
        ("FAL_BASE_URL", "FAL_KEY"),
    ],
)
def test_a_video_provider_is_brought_with_its_key(base: str, key: str) -> None:
    theirs = {base: "https://video.example"}
    with pytest.raises(SettingsError, match=f"{key} is missing: {base} is set"):
        _refuse_keyless(_brought(theirs), theirs)
    for spelling in (key, f"{key}_FILE"):
        _refuse_keyless(_brought(theirs), {**theirs, spelling: "given"})
