"""Templates, and what they may say: times, money, numbers in words for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from web.visitor import Visitor

HERE = Path(__file__).resolve().parent.parent
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # With no-referrer a browser would send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
}

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))
_MICROS = 1_000_000


@dataclass(frozen=True)
class StaticFiles:
    """The style sheet, the scripts and the icons: read once, named by their digest."""

    files: Mapping[str, bytes]

    @classmethod
    def read(cls, folder: Path = HERE / "static") -> "StaticFiles":
        """Every file of the folder that a page may name."""
        found = (path for path in folder.iterdir() if path.suffix in MEDIA_TYPES)
        return cls({path.name: path.read_bytes() for path in found})

    def url(self, name: str) -> str:
        """The address of a file as it is now; another content has another address."""
        return f"/static/{name}?v={sha256(self.files[name]).hexdigest()[:16]}"

    async def serve(self, request: Request) -> Response:
        """GET /static/{name}."""
        name = request.path_params["name"]
        content = self.files.get(name)
        if content is None:
            raise HTTPException(404)
        kept = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
        media_type = MEDIA_TYPES[Path(name).suffix]
        return Response(content, media_type=media_type, headers={"cache-control": kept})


@dataclass(frozen=True)
class View:
    """Renders templates; whatever comes from outside is escaped."""

    static: StaticFiles
    temporal_ui_url: str
    namespace: str
    environment: Environment = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the templates' environment."""
        made = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters |= {"span": span, "took": took, "money": money}
        made.filters |= {"moment": moment, "clock": clock}
        made.globals |= {
            "static": self.static.url,
            "temporal_url": self.temporal_url,
            "now": lambda: datetime.now(UTC),
        }
        object.__setattr__(self, "environment", made)

    def page(
        self,
        template: str,
        visitor: Visitor | None = None,
        *,
        status: int = 200,
        **facts: Any,  # noqa: ANN401 - what the template names
    ) -> Response:
        """A whole page, or a part of one."""
        text = self.environment.get_template(template).render(visitor=visitor, **facts)
        return HTMLResponse(text, status, headers=PAGE_HEADERS)

    def temporal_url(self, workflow_id: str) -> str:
        """Where Temporal's Web UI shows a day."""
        encoded = workflow_id.replace("/", "%2F")
        return f"{self.temporal_ui_url}/namespaces/{self.namespace}/workflows/{encoded}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: 3 h, 2 d; less than a minute is "moments"."""
    seconds = abs(length.total_seconds())
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "moments"


def took(length: timedelta) -> str:
    """How long something took, to the second where it was less than a minute."""
    seconds = int(length.total_seconds())
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return span(length)
    return f"{seconds} s" if seconds else "< 1 s"


def money(micros: int) -> str:
    """Micro-dollars for a person: $0.42; what is not nothing is never shown as $0.00."""
    dollars = micros / _MICROS
    if 0 < dollars < 0.01:  # noqa: PLR2004 - a cent
        return "< $0.01"
    return f"${dollars:,.2f}"


def moment(at: datetime) -> str:
    """A time in full, for titles and for the `datetime` of an element."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clock(at: datetime) -> str:
    """A time as machines read it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
