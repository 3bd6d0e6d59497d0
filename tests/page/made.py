"""Results made up by a script, without any agent: every outcome, trajectories, screenshots, a baseline."""

import gzip
import json
import random
from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.elements import NamedElement
from pytest_mmina.core.language.trajectory import Tab, Usage
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.core.record.stored_trajectory import End, Head, StoredStep, StoredText, digest_of
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.record import gate_record
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.reports.comparison import comparison
from pytest_mmina.reports.page.content import EarlierResults, PageContent, PageEpisodes
from pytest_mmina.reports.page.writing import write_page
from pytest_mmina.reports.writing import report_of
from pytest_mmina.results.files import GATE, write_text
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.reading import read_gate, read_results
from pytest_mmina.trajectories.reading import recording_file

SITES = ("shop", "encyclopedia", "events", "hotels", "flights", "trains")
PLACES = ("Tokyo", "Lisbon", "Oslo", "Sydney", "Cairo", "Lima")


class MadeTask(NamedTuple):
    """What a task asks."""

    id: str
    intent: str
    hops: tuple[str, ...]
    sites: tuple[str, ...]


def made_tasks(number: int) -> list[MadeTask]:
    """Tasks in five subsets, of 1 to 10 hops."""
    subsets = ("shopping", "wikipedia", "compare", "multi567", "multipro")
    lengths = {"shopping": (1,), "wikipedia": (1,), "compare": (2, 3, 4), "multi567": (5, 6, 7), "multipro": (8, 9, 10)}
    tasks = []
    for at in range(number):
        subset, place = subsets[at % 5], PLACES[at % 6]
        count = lengths[subset][(at // 5) % len(lengths[subset])]
        sites = tuple(SITES[(at + hop) % 6] for hop in range(count))
        hops = tuple(f"{site} {place}" for site in sites)
        intent = f"Find the tallest tower of {place}, then look at {', '.join(sites)} for a weekend there in May."
        tasks.append(MadeTask(f"{subset}/{at // 5 + 1}", intent, hops, sites))
    return tasks


def make_session(
    folder: Path, tasks: Sequence[MadeTask], *, trials: int = 3, steps: int = 6, seed: int = 1,
    pictures: bool = True, better: float = 0.0, baseline: Sequence[EpisodeRecord] | None = None, recorded: bool = True,
    errors: float = 0.02,
) -> list[EpisodeRecord]:  # fmt: skip
    """Leave what a session leaves; `better` makes its agent luckier at each hop, from -1 to 1.

    `errors` is the share of episodes that error.
    """
    dice = random.Random(seed)
    if pictures:
        draw_pictures(folder / "pictures")
    records = []
    for task in tasks:
        luck = dice.uniform(0.55, 1.0) + better
        records += [
            _episode(folder, task, trial, dice, luck, steps, pictures=pictures, recorded=recorded, errors=errors)
            for trial in range(1, trials + 1)
        ]
    records.sort(key=lambda record: record.identity)
    finish(folder, records, baseline)
    return records


def finish(folder: Path, records: Sequence[EpisodeRecord], baseline: Sequence[EpisodeRecord] | None) -> None:
    """Write journal, summary, facts and the gate's decision."""
    facts = SessionFacts(
        plugin="1.0",
        fixtures="0123456789ab",
        ran=Environment(
            versions={"pytest-mmina": "1.0", "playwright": "1.58.0", "pytest": "9.2.0", "python": "3.11.9"},
            platforms=("Linux x86_64",),
            browsers=("chromium 141.0.7390.37",),
            commands=(
                "pytest --mmina --mmina-agent shop_agent:Agent --mmina-trials 3 --mmina-baseline base.json -n 8",
            ),
            tasks="ba9876543210",
        ),
    )
    journal = Journal(folder)
    journal.finish(records, EpisodeCounts.of(records).summary(), session=facts)
    counts = EpisodeCounts.of(records)
    before = count_tasks(EpisodeCounts.of(baseline)) if baseline is not None else None
    compared = Baseline(agent="earlier", tasks=before) if before is not None else None
    session = Session(counts=counts)
    rules = Rules.model_validate({"min_hop_rate": {"": 0.6}})
    decision = decide(session, rules, compared) if compared is not None else None
    record = gate_record(session, decision=decision, baseline=compared, file="base.json")
    write_text(folder / GATE, record.model_dump_json(indent=2))


def make_page(folder: Path, *, before: Path | None = None) -> Path:
    """Write the page on the results in a folder, as `mmina report` does."""
    earlier, episodes = None, PageEpisodes(folder)
    if before is not None:
        earlier = EarlierResults(before, PageEpisodes(before))
        old = read_results(before, readers=[earlier.episodes.read])
    results, gate = read_results(folder, readers=[episodes.read]), read_gate(folder)
    report = report_of(results, gate) if before is None else comparison(old, results, name=before, gate=gate)
    return write_page(folder, PageContent(report, gate, episodes, results.facts.shard, earlier))


def _episode(
    folder: Path, task: MadeTask, trial: int, dice: random.Random, luck: float, steps: int, *, pictures: bool,
    recorded: bool, errors: float,
) -> EpisodeRecord:  # fmt: skip
    count, steps = len(task.hops), dice.randint(max(2, steps - 3), steps) if steps < 10 else steps
    passed = 0
    while passed < count and dice.random() < luck:
        passed += 1
    errored = dice.random() < errors
    outcome = "errored" if errored else "solved" if passed == count else "partial" if passed else "unsolved"
    hops = []
    for at, name in enumerate(task.hops):
        done = at < passed and not errored
        reason = (
            f"the address has the site word and {name.split()[1]!r}"
            if done
            else f"the address lacks the site word {name.split()[0]!r}"
            if at == passed
            else f"not reached: hop {passed + 1} comes first"
        )
        url = f"https://www.{name.split()[0]}.example/{name.split()[1].lower()}" if at <= passed else ""
        step = 1 + at * steps // count if at <= passed and not errored else None
        hops.append(HopResult(name=name, passed=done, step=step, reason=reason, url=url, reached=at <= passed))
    usage = Usage(input_tokens=dice.randint(8000, 30000), output_tokens=dice.randint(200, 900), cost=dice.random() / 10)
    case = f"tasks/{task.id}.json::test_task[{task.id}-trial{trial}]"
    record = EpisodeRecord.model_validate(
        {
            "case": case, "task": task.id, "fingerprint": "f1", "file": f"tasks/{task.id}.json", "trial": trial,
            "browser": "chromium 141.0.7390.37", "subset": task.id.split("/")[0], "agent": "shop_agent:Agent",
            "outcome": outcome, "credit": 0 if errored else passed / count, "steps": steps,
            "seconds": round(dice.uniform(2, 40), 3), "answer": f"It is in {task.hops[0].split()[1]}.", "blocked": 0,
            "reason": "the browser died in mid-episode" if errored else "the agent stopped", "usage": usage,
            "hops": [HopRecord(**hop.model_dump(exclude={"weight", "needed"})) for hop in hops], "sites": task.sites,
            "asked": task.intent, "oracle_steps": 3,
        }
    )  # fmt: skip
    if recorded:
        file = recording_file(folder, task=task.id, trial=trial, case=case, browser=record.browser)
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_lines(task, trial, record, hops, steps, dice, pictures=pictures))
        file.write_text("".join(f"{line.model_dump_json()}\n" for line in lines), encoding="utf-8")
    return record


def _lines(
    task: MadeTask, trial: int, record: EpisodeRecord, hops: Sequence[HopResult], steps: int, dice: random.Random, *,
    pictures: bool,
) -> Any:  # fmt: skip
    yield Head(
        plugin="1.0", detail="full", task=task.id, subset=record.subset, trial=trial, agent=record.agent,
        case=record.case, intent=task.intent, start_urls=("https://www.example/",), hops=task.hops,
    )  # fmt: skip
    lost = dice.randint(2, steps) if record.outcome != "solved" else steps + 1
    for number in range(1, steps + 1):
        site = task.sites[(number - 1) * len(task.sites) // steps]
        place = task.hops[0].split()[1]
        text = f'- heading "{site} in {place}" [level=1]\n- searchbox "Search" [ref=e{number}]\n'
        text += f'- link "Weekend {number}" [ref=e{number + 20}]\n'
        text += "".join(f'- link "Offer {line} of {site}" [ref=e{line + 30}]\n' for line in range(12))
        yield StoredText(digest=digest_of(text), text=text)
        went_wrong = number >= lost
        if number == steps:
            action, element, said = Action(kind="stop", text=record.answer or ""), None, f"stop [{record.answer}]"
        elif number % 2:
            words = "hotel" if went_wrong else place
            action = Action(kind="type", target=Target(ref=f"e{number}"), text=words, enter=True)
            element, said = NamedElement(role="searchbox", name="Search"), f"I search for {place} first."
        else:
            action = Action(kind="click", target=Target(ref=f"e{number + 20}"))
            element, said = (
                NamedElement(role="link", name=f"Weekend {number + went_wrong}"),
                "The weekend in May looks right.",
            )
        yield StoredStep(
            number=number, seconds=round(number * 1.7, 3),
            url=f"https://www.{site}.example/{place.lower()}?page={number}",
            title=f"{site.title()} – {place}", text=digest_of(text), action=action, element=element, said=said,
            tabs=(Tab(title=site, url=f"https://www.{site}.example/", current=True),),
            error=f"e{number} is hidden by a dialog" if went_wrong and number == lost + 1 else "",
            events=("a dialog said 'Cookies?', and was accepted",) if number == 2 else (),
            pictures={"screenshot": f"pictures/{number % 6}.jpg"} if pictures else {},
            box=(240, 100, 900, 140) if pictures and number % 2 else None,
            console_errors=("TypeError: cart is undefined",) if number == 3 else (),
            usage=Usage(input_tokens=2000, output_tokens=60),
            passed=sum(hop.passed and (hop.step or 0) <= number for hop in hops),
        )  # fmt: skip
    kept = record.model_dump(include={"outcome", "reason", "answer", "credit", "steps", "seconds"})
    yield End(**kept, ending="errored" if record.outcome == "errored" else "terminated", hops=tuple(hops))


def draw_pictures(folder: Path) -> None:
    """Six screenshots of pages that never were."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(6):
        image = Image.new("RGB", (1280, 720), (250, 250, 247))
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, 0, 1280, 64), fill=((40 + 30 * number) % 200, 70, 120))
        pen.rectangle((240, 100, 900, 140), outline=(120, 120, 120), width=2)
        for line in range(6):
            pen.rectangle((240, 180 + 84 * line, 380, 244 + 84 * line), fill=(210, 214 - 8 * line, 220))
            pen.rectangle((400, 190 + 84 * line, 760 + 20 * number, 204 + 84 * line), fill=(150, 156, 170))
            pen.rectangle((400, 216 + 84 * line, 1000, 226 + 84 * line), fill=(214, 216, 222))
        data = BytesIO()
        image.save(data, "JPEG", quality=60)
        (folder / f"{number}.jpg").write_bytes(data.getvalue())


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The objects in a file of JSON lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def records_of(folder: Path) -> list[EpisodeRecord]:
    """The episodes of results."""
    with (folder / "episodes.jsonl").open("rb") as journal:
        return [EpisodeRecord.model_validate_json(line) for line in journal]


def unpacked(script: Path) -> bytes:
    """Unpack what a script of the page holds."""
    content = script.read_bytes()
    assert content.isascii()
    return gzip.decompress(b64decode(content.removeprefix(b'mminaData("').removesuffix(b'");\n'), validate=True))
