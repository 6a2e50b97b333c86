"""The official SDKs know the simulated services' errors for what they are."""

from collections.abc import Callable, Iterator

import luma_agents
import lumaai
import pytest
import runwayml

from tests.integration.simulators.outside import Outside

NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    503: "InternalServerError",
}
Order = Callable[[], object]


@pytest.fixture(scope="module")
def orders(shared_outside: Outside) -> Iterator[dict[str, tuple[str, str, Order]]]:
    """By package: the service, its operation, and a call of the SDK that orders."""
    url = shared_outside.url
    with (
        luma_agents.Luma(auth_token="any", base_url=f"{url}/luma/v1", max_retries=0) as luma,
        lumaai.LumaAI(
            auth_token="any", base_url=f"{url}/luma/dream-machine/v1", max_retries=0
        ) as dream,
        runwayml.RunwayML(api_key="any", base_url=f"{url}/runway", max_retries=0) as runway,
    ):
        yield {
            "luma_agents": (
                "luma",
                "create_generation",
                lambda: luma.generations.create(model="ray-3.2", type="video", prompt="x"),
            ),
            "lumaai": (
                "luma",
                "create_generation",
                lambda: dream.generations.video.create(model="ray-2", prompt="x"),
            ),
            "runwayml": (
                "runway",
                "create_task",
                lambda: runway.text_to_video.create(
                    model="gen4.5", prompt_text="x", ratio="720:1280", duration=2
                ),
            ),
        }


@pytest.mark.parametrize("status", NAMES)
@pytest.mark.parametrize("package", [luma_agents, lumaai, runwayml], ids=lambda one: one.__name__)
def test_an_sdk_names_an_error(
    outside: Outside,
    orders: dict[str, tuple[str, str, Order]],
    package: object,
    status: int,
) -> None:
    service, op, order = orders[getattr(package, "__name__", "")]
    outside.arm(service, op, "status", status=status)
    with pytest.raises(getattr(package, NAMES[status])):
        order()


def test_an_sdk_with_its_defaults_buys_three_times(outside: Outside) -> None:
    """Why our clients are not these."""
    outside.arm("runway", "create_task", "status", status=500, after_effect=True, times=3)
    before = len(outside.ledger(service="runway", effect="job.created"))
    with (
        runwayml.RunwayML(api_key="any", base_url=f"{outside.url}/runway") as runway,
        pytest.raises(runwayml.InternalServerError),
    ):
        runway.text_to_video.create(model="gen4.5", prompt_text="x", ratio="720:1280", duration=2)
    assert len(outside.ledger(service="runway", effect="job.created")) == before + 3
