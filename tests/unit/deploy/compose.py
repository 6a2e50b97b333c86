"""The Compose file as Compose reads it, without an engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"

Service = dict[str, Any]


@dataclass(frozen=True)
class Composition:
    services: dict[str, Service]
    networks: dict[str, dict[str, Any]]
    secrets: dict[str, dict[str, str]]

    def of_image(self, start: str) -> dict[str, Service]:
        return {
            name: service
            for name, service in self.services.items()
            if service["image"].startswith(start)
        }


def read() -> Composition:
    document = YAML(typ="safe").load(DEPLOY / "temporal-compose.yml")
    return Composition(document["services"], document["networks"], document["secrets"])
