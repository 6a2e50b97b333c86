"""All pages of the review together."""

from dataclasses import dataclass

from starlette.routing import Route
from temporalio.client import Client

from clients.mail import Mail
from db.database import Database
from schemas.mail_link import MailLinks, link_key
from web.api import Api
from web.deciding import Deciding
from web.delivery import Delivery
from web.pages.gate import Gate
from web.pages.mailed import MailedReels
from web.pages.overview import OverviewPages
from web.pages.queue import QueuePages
from web.pages.reel import ReelPages
from web.pages.rendering import StaticFiles, View
from web.pages.sign_in import SignIn
from web.who import Who


@dataclass(frozen=True)
class Site:
    """What the pages are made of."""

    db: Database
    temporal: Client
    delivery: Delivery
    who: Who
    mail: Mail | None
    temporal_ui_url: str

    @property
    def routes(self) -> list[Route]:
        """Every address of the pages."""
        static = StaticFiles.read()
        view = View(static, self.temporal_ui_url, self.temporal.namespace)
        gate = Gate(self.who, view, self.db.door_counts)
        deciding = Deciding(self.delivery)
        queue = QueuePages(gate, view, self.db.review_queue, deciding)
        reel = ReelPages(gate, view, self.db, self.temporal, deciding)
        overview = OverviewPages(gate, view, self.db.review_pages, self.db.trust)
        links = MailLinks(link_key(self.delivery.decision_key))
        return [
            Route("/static/{name}", static.serve, methods=["GET"]),
            *SignIn(gate, self.mail).routes,
            *queue.routes,
            *reel.routes,
            *overview.routes,
            *MailedReels(gate, view, self.db, deciding, links).routes,
            *Api(self.db, self.who, deciding).routes,
        ]
