"""Draws runbooks/lifecycle.md from the lifecycle's tables: `python -m tests.architecture.lifecycle_page` writes it."""

from pathlib import Path

from checkpoints.core.lifecycle import MOVES, PERMIT_MOVES

PAGE = Path(__file__).parents[2] / "runbooks" / "lifecycle.md"


def drawn() -> str:
    """The whole page, as Markdown with two Mermaid diagrams."""
    moves = [
        f"    {before} --> {after}: {event}, by {' or '.join(sorted(actor.__name__ for actor in actors))}"
        for (before, event), (after, actors) in MOVES.items()
    ]
    permits = [f"    {before} --> {after}: {event}" for (before, event), after in PERMIT_MOVES.items()]
    return "\n".join(
        [
            "# The lifecycle",
            "",
            "Drawn from the tables in `checkpoints/core/lifecycle.py`; everything that isn't here is refused.",
            "",
            "## A checkpoint",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> asked",
            *moves,
            "```",
            "",
            "## Its permit",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> unused: approved",
            *permits,
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(drawn(), encoding="utf-8")
