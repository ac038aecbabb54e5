"""``bench``: the benchmarks, as a table of figures beside what they are measured against."""

from __future__ import annotations

import click

from booking_tui.cli.frame import Verb
from booking_tui.cli.output import Column, emit_json, emit_note, emit_table
from booking_tui.cli.session import Failure, Session, pass_session

_COLUMNS = (
    Column("bench"),
    Column("what"),
    Column("value", right=True),
    Column("beside"),
    Column("goal"),
    Column("met"),
)


@click.command("bench", cls=Verb)
@click.argument("name", required=False)
@click.option("--quick", is_flag=True, help="Small samples, to see that a bench works.")
@pass_session
def command_bench(session: Session, name: str | None, quick: bool) -> None:
    """Run the benchmarks, all or the one named."""
    from booking_tui import bench

    if name is not None and name not in bench.BENCHES:
        raise click.BadParameter(
            f"no bench is called {name!r}; there are {', '.join(bench.BENCHES)}", param_hint="NAME"
        )
    try:
        figures = list(bench.run([name] if name else [], quick=quick, note=lambda running: emit_note(f"{running} …")))
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'booking-tui[bench]'") from error
    if session.json:
        names = ("bench", "what", "value", "unit", "beside", "goal", "met")
        emit_json([{key: getattr(figure, key) for key in names} for figure in figures])
        return
    met = {None: "", True: "yes", False: "no"}
    emit_table(
        _COLUMNS,
        [
            (one.bench, one.what, f"{one.value:,.4g} {one.unit}".strip(), one.beside, one.goal, met[one.met])
            for one in figures
        ],
    )
