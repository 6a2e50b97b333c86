import subprocess
import sys

import pytest
from anthropic.resources.messages.messages import DEPRECATED_MODELS
from hypothesis import given
from hypothesis import strategies as st

from clients.claude_prices import AS_OF, PRICES, Tokens

models = st.sampled_from(sorted(PRICES.models))
tokens = st.integers(0, 1_000_000)


@pytest.mark.parametrize(
    ("model", "prompt", "answer", "micros"),
    [
        ("claude-sonnet-5-5", 600, 400, 5200),
        ("claude-sonnet-5-5", 0, 0, 0),
        ("claude-haiku-5-5", 600, 400, 260),
        ("claude-haiku-5-5", 1, 0, 1),
        ("claude-haiku-5-5", 100_000, 1, 10_001),
        ("claude-haiku-5-5", 100_001, 1, 50_003),
        ("claude-opus-5-5", 1000, 1000, 24_000),
    ],
)
def test_a_call_costs_what_the_table_says(
    model: str, prompt: int, answer: int, micros: int
) -> None:
    assert PRICES.micros(model, Tokens(prompt, answer)) == micros


@given(models, tokens, tokens, st.integers(0, 1000))
def test_more_tokens_never_cost_less(model: str, prompt: int, answer: int, more: int) -> None:
    cost = PRICES.micros(model, Tokens(prompt, answer))
    assert 0 <= cost <= PRICES.micros(model, Tokens(prompt + more, answer))
    assert cost <= PRICES.micros(model, Tokens(prompt, answer + more))


def test_no_model_is_on_the_list_whose_end_is_announced() -> None:
    assert not set(PRICES.models) & set(DEPRECATED_MODELS)


def test_the_table_is_dated() -> None:
    assert AS_OF.year >= 2026


@pytest.mark.parametrize("module", ["clients.claude", "clients.store"])
def test_a_command_line_does_not_pay_for_the_heavy_packages(module: str) -> None:
    code = (
        f"import sys, {module}; print({{'anthropic', 'aioboto3', 'botocore'}} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert out.stdout.strip() == "set()"
