"""The weak facts of the providers' contracts, with their dates: `terms.toml`, or a copy of it."""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clients.errors import Refused
from schemas.failures import FailureKind

SHIPPED = Path(__file__).with_name("terms.toml")
"""The terms that are used unless VIDEO_TERMS_FILE names others."""

SERVICE = "video terms"

Dollars = Annotated[Decimal, Field(gt=0, le=1000, decimal_places=6)]
"""To the micro-dollar."""


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Film(_Terms):
    """What one model sells at one resolution."""

    model: str = Field(min_length=1)
    resolution: str = ""
    """Empty where the model alone decides."""
    prompt_limit: int = Field(gt=0)
    usd: dict[int, Dollars] = {}
    """Dollars of a job, by its seconds."""
    usd_per_second: Dollars | None = None
    """Instead of `usd`, where every length is sold."""
    confidence: Literal["high", "medium", "low"]

    @property
    def words(self) -> str:
        """What films, as the ledger names it."""
        return f"{self.model} {self.resolution}".rstrip()

    @model_validator(mode="after")
    def has_one_price(self) -> Self:
        """Refuse a film without a price, or with two."""
        if bool(self.usd) == (self.usd_per_second is not None):
            raise ValueError("has to name its price once: in usd or in usd_per_second")
        return self

    def prices(self, service: str, durations: Iterable[int]) -> dict[int, int]:
        """Micro-dollars of a job for each of the seconds that it may last.

        Raises Refused with CONFIGURATION for a length without a price.
        """
        found = {seconds: self._micros(seconds) for seconds in durations}
        missing = [str(seconds) for seconds, price in found.items() if price is None]
        if missing:
            raise Refused(
                service,
                FailureKind.CONFIGURATION,
                f"no price is known for {self.words} of {', '.join(missing)} s; "
                "write it into the file that VIDEO_TERMS_FILE names",
            )
        return {seconds: price for seconds, price in found.items() if price is not None}

    def _micros(self, seconds: int) -> int | None:
        whole = self.usd_per_second * seconds if self.usd_per_second else self.usd.get(seconds)
        return None if whole is None else int(whole * 1_000_000)


class ProviderTerms(_Terms):
    """One provider's section."""

    as_of: date
    """When it was last held against its source."""
    source: str = Field(min_length=1)
    url_seconds: int = Field(gt=0)
    list_lag_seconds: int = Field(0, ge=0)
    refunded: frozenset[str]
    """The provider's words for failures that cost nothing."""
    films: tuple[Film, ...] = Field(min_length=1)

    def film(self, service: str, model: str, resolution: str = "") -> Film:
        """What a model sells. Raises Refused with CONFIGURATION when its price is not known."""
        for film in self.films:
            if (film.model, film.resolution) == (model, resolution):
                return film
        asked = f"{model} {resolution}".rstrip()
        raise Refused(
            service,
            FailureKind.CONFIGURATION,
            f"no price is known for {asked!r}; known: "
            f"{', '.join(film.words for film in self.films)}; "
            "others go into the file that VIDEO_TERMS_FILE names",
        )


class VideoTerms(_Terms):
    """The whole file."""

    luma: ProviderTerms
    luma_legacy: ProviderTerms
    runway: ProviderTerms
    pika: ProviderTerms


def read_terms(path: Path = SHIPPED) -> VideoTerms:
    """Read a file of terms. Raises Refused with CONFIGURATION, naming every field that is wrong."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return VideoTerms.model_validate(document)
    except OSError as error:
        raise _wrong(path, f"it can't be read: {error.strerror}") from None
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_url=False)
        )
        raise _wrong(path, "; ".join(problems)) from None
    except ValueError as error:
        raise _wrong(path, f"it is not TOML: {error}") from None


def _wrong(path: Path, sentence: str) -> Refused:
    return Refused(SERVICE, FailureKind.CONFIGURATION, f"{path.name}: {sentence}")
