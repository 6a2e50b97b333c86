import subprocess
import sys

import pytest
from anthropic.resources.messages.messages import DEPRECATED_MODELS
from hypothesis import given
from hypothesis import strategies as st

from clients.claude_prices import AS_OF, PRICES, Tokens, read_prices

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


def test_a_cache_is_written_dearer_and_read_cheaper() -> None:
    sonnet = PRICES.models["claude-sonnet-5-5"]
    assert sonnet.micros(Tokens(0, 0, cache_written=1000, cache_read=1000)) == 2500 + 200
    assert float(sonnet.rewrites_to_pay) == pytest.approx(0.5 / 1.8)


def test_a_search_costs_a_cent() -> None:
    assert PRICES.micros("claude-sonnet-5-5", Tokens(1000, 100, searches=2)) == 23_000


def test_a_file_says_what_has_changed_and_the_rest_stays() -> None:
    newer = read_prices(
        'as_of = 2026-12-01\nsearch_micros = 8000\n["claude-sonnet-5-5"]\ncache_read = "0.10"\n'
        '["claude-new"]\nprompt = "1"\nanswer = "2"\ncache_write = "1.25"\ncache_read = "0.1"\n'
    )
    assert newer.as_of.isoformat() == "2026-12-01"
    assert newer.micros("claude-sonnet-5-5", Tokens(1, 0, cache_read=10, searches=1)) == 8003
    assert newer.micros("claude-new", Tokens(1, 1)) == 3
    assert newer.models["claude-opus-5-5"] == PRICES.models["claude-opus-5-5"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "as_of"),
        ('as_of = "soon"', "as_of"),
        ("as_of = 2026-12-01\nsearch_micros = -1", "search_micros"),
        ("as_of = 2026-12-01\nclaude-x = 3", "claude-x"),
        ('as_of = 2026-12-01\n[claude-x]\nprompt = "1"', "claude-x"),
        ('as_of = 2026-12-01\n["claude-sonnet-5-5"]\nprompt = "free"', "claude-sonnet-5-5"),
        ('as_of = 2026-12-01\n["claude-sonnet-5-5"]\nprompt = 2.0', "claude-sonnet-5-5"),
        ("as_of = ", "Invalid value"),
    ],
)
def test_a_file_that_can_t_be_read_is_refused_by_what_is_wrong(text: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        read_prices(text)
