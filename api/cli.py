"""The command line. Commands import what they need when they run, so that `copilot --help` is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.keys import keys_app

app = typer.Typer(
    name="copilot",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    help="Beside the service agent's chat: what is urgent, what may be done, who must decide.",
    epilog="First steps: [bold]copilot demo[/]. Settings are COPILOT_* variables or a .env file: "
    "[bold]copilot doctor[/] lists them.",
)
app.add_typer(keys_app)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Holds all state; default: COPILOT_DATA_DIR or ./copilot-data."),
]


@app.command(
    epilog="Examples: copilot demo · copilot demo --headless --case 7 · copilot demo --headless --json | jq"
)
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Replay in the terminal and exit.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="With --headless: for programs, one line a case.")
    ] = False,
    case: Annotated[list[int] | None, typer.Option("--case", help="Only this case; may be repeated.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the demo's state; default: a temporary one.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address of the demo's service.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the agent's page.")
    ] = True,
) -> None:
    """Show the main job on the sample clients: no key, no network, nothing to set up."""
    from api.commands.demo import Showing, show

    show(Showing(headless or json, json, tuple(case or ()), data_dir, host, port, open_browser))


@app.command(
    epilog="Examples: copilot serve · copilot serve --host 0.0.0.0 --port 8080 --workers 2 (needs a key)"
)
def serve(
    host: Annotated[str | None, typer.Option(help="Address; default: COPILOT_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default: COPILOT_PORT or 8765.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Run the service: HTTP API, API description at /docs. Stops gracefully on Ctrl-C or SIGTERM."""
    from api.commands.serve import run

    run(host, port, workers, data_dir)


@app.command(name="import", epilog="Examples: copilot import ./lulu · copilot import clients/* --dry-run")
def import_(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with client.yaml, authority.yaml, articles/, cases.csv.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what is wrong; change nothing.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Read client folders: each becomes its client's new version as a whole, or not at all.

    Every problem is listed with its path, line and cause. Exit 0: all folders are in; 1: at least one is not.
    """
    from api.commands.importing import run

    run(folders, dry_run, data_dir)


@app.command(epilog="Examples: copilot assist talk.json · cat talk.json | copilot assist -")
def assist(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="A request of POST /v1/assist; - is stdin.")
    ] = "-",
    data_dir: DataDir = None,
) -> None:
    """Look at one conversation once: the request as JSON in, the answer as JSON out."""
    from api.commands.assist import run

    run(file, data_dir)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    epilog="Example: copilot evaluate evals/data/samples --report report",
)
def evaluate(context: typer.Context) -> None:
    """Run an offline evaluation over recorded conversations and write the report."""
    from evals.command import evaluate_app

    evaluate_app(args=context.args, prog_name="copilot evaluate")


@app.command(epilog="Example: copilot doctor · copilot doctor > doctor.json")
def doctor(data_dir: DataDir = None) -> None:
    """Check the installation: what is wrong, and what to do about it. Secrets are masked."""
    from api.commands.doctor import run

    run(data_dir)


@app.command(epilog="Example: COPILOT_DATABASE_OWNER_URL=postgresql+psycopg://owner@db/desk copilot migrate")
def migrate(
    data_dir: DataDir = None,
    down: Annotated[
        str | None, typer.Option("--down", help="Back to this revision; newer tables and columns go.")
    ] = None,
) -> None:
    """Bring the database's tables to this version; on PostgreSQL also keep clients apart in it.

    SQLite needs it for `--down` only: its file is migrated when it is opened.
    """
    from api.commands.migrate import run

    run(data_dir, down)


@app.command(epilog="Example: copilot backup backup-2026-03-02.sqlite3")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; with --compare an existing one.")],
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Copy nothing: does the file hold what the database does?"),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Copy the SQLite database while the service runs, and check the copy.

    PostgreSQL has pg_dump. To restore, stop the service and put the file back.
    """
    from api.commands.backup import run

    run(file, compare, data_dir)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
