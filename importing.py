"""Bringing one original into the pool: read, cut, uploaded, written down, piece by piece.

A clip's row comes after its file, and the original's row says until `cut_at` that not all of
it is there. So an import that is killed at any moment leaves only clips that are whole, and
the next one goes on with those that are missing.
"""

from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import FFmpeg, inspect_gameplay
from clients.ffmpeg.cutting import MAX_CLIP_BYTES, clips_in, cut, refuse_cuts
from clients.ffmpeg.errors import BadMedia
from clients.store import ObjectStore
from db.database import Database
from db.gameplay import SourceRow
from runtime.bar import Bar
from schemas.composition import Anchor
from schemas.gameplay import GameplayFacts, Rights, SourceFacts

_SPARE_BYTES = 100 << 20
_KINDS = {".mov": "quicktime", ".mkv": "x-matroska", ".webm": "webm"}
"""How a file ends and what it is called on the web; all others are MP4."""


@dataclass(frozen=True)
class Importer:
    """Takes one original after the other."""

    db: Database
    store: ObjectStore
    ffmpeg: FFmpeg
    bar: Bar

    async def take(self, path: Path, rights: Rights, anchor: Anchor | None) -> str:
        """Bring a file's footage into the pool, and say what it was: added or known.

        Again: goes on where an interrupted import stopped, uploads what the store has lost,
        and brings back what was retired. Rights and an anchor that are given replace those
        that are known. Raises BadMedia by the rule that the file breaks, before anything is
        written.
        """
        self.bar.begin(f"reading {path.name}")
        facts = await inspect_gameplay(path)
        known = await self.db.gameplay.source(facts.sha256)
        if not rights.title and known is None:
            rights = rights.model_copy(update={"title": path.stem})
        anchor = anchor or (known.anchor if known else Anchor.CENTER)
        original = SourceFacts(facts=facts, rights=rights, anchor=anchor)
        if known is not None and known.cut_at is not None and await self._is_stored(known):
            clips = 1
        else:
            clips = await self._cut(path, original)
        source = await self.db.gameplay.add_source(original)
        await self.db.gameplay.mark_cut(source.id)
        back = await self.db.gameplay.bring_back(source.id)
        if known is not None and known.cut_at is not None:
            return "added" if back else "known"
        return f"added {clips} clips of" if clips > 1 else "added"

    async def _is_stored(self, source: SourceRow) -> bool:
        """Whether every clip's file is there. A lost copy in the pool's format is made anew."""
        whole = True
        for clip in await self.db.gameplay.clips_of(source.id):
            whole = whole and await self.store.size(clip.object_key) == clip.bytes
            if clip.pool_key and await self.store.size(clip.pool_key) != clip.pool_bytes:
                await self.db.normalising.forget(clip.id)
        return whole

    async def _cut(self, path: Path, original: SourceFacts) -> int:
        """Put each clip of an original into the pool; how many there are."""
        facts = original.facts
        if clips_in(facts.seconds) == 1:
            await self._keep(path, facts, original, 0)
            return 1
        with self.ffmpeg.workspace(needs_bytes=facts.bytes + _SPARE_BYTES) as folder:
            self.bar.begin(f"cutting {path.name}")
            pieces = await cut(self.ffmpeg.executable, path, folder, progress=self.bar.at)
            found = [await inspect_gameplay(piece) for piece in pieces]
            for one in found:
                refuse_heavy(one)
            refuse_cuts([one.seconds for one in found], facts.seconds)
            self.bar.begin(f"storing {path.name}")
            for part, (piece, one) in enumerate(zip(pieces, found, strict=True)):
                await self._keep(piece, one, original, part)
                piece.unlink()
                self.bar.at(100 * (part + 1) / len(pieces))
        return len(pieces)

    async def _keep(
        self, path: Path, facts: GameplayFacts, original: SourceFacts, part: int
    ) -> None:
        """Upload before the row is written: a clip in the pool always has its file."""
        refuse_heavy(facts)
        row = await self.db.gameplay.by_sha256(facts.sha256)
        ending = path.suffix.lower() if path.suffix.lower() in _KINDS else ".mp4"
        key = row.object_key if row else f"gameplay/{facts.sha256}{ending}"
        if await self.store.size(key) != facts.bytes:
            await self.store.put(path, key, f"video/{_KINDS.get(ending, 'mp4')}")
        if row is None:
            source = await self.db.gameplay.add_source(original)
            await self.db.gameplay.add_clip(source, part, facts, key)


def refuse_heavy(facts: GameplayFacts) -> None:
    """Refuse a clip that the store takes in no one piece. Raises BadMedia `too-heavy`."""
    if facts.bytes > MAX_CLIP_BYTES:
        size = f"{facts.bytes / (1 << 30):.1f} GB between two key frames"
        raise BadMedia("too-heavy", f"{size}; export the file again, smaller or with more of them")
