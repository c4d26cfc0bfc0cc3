"""Every service has the files and folders that docs/architecture.md lists, and a layer the same name in all of them."""

import re
from pathlib import Path

import pytest

from deploy.checks import HALVES

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/__main__.py"))
ONLY_WHERE_NEEDED = {"commands", "steps"}
NO_ROUTES = {"__init__", "bodies", "glossary", "examples"}


def section(heading: str) -> str:
    """The text under a heading of the architecture page."""
    return ARCHITECTURE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def listed(heading: str) -> set[str]:
    """The names of the folder listing under a heading, without endings: a module may become a package."""
    return {name.partition(".")[0].rstrip("/") for name in re.findall(r"[├└]── ([\w./]+)", section(heading))}


def found(folder: Path) -> set[str]:
    """The names in a folder, without endings."""
    names = {path.name.partition(".")[0] for path in folder.iterdir() if not path.name.endswith((".pyc", ".pyi"))}
    return names - {"__pycache__", "__init__", ""}


OF_A_SERVICE = listed("A service from its folder listing")
EXPLAINED = dict(re.findall(r"^\| `([\w/.]+)` \| (.+) \|$", section("A service from its folder listing"), re.MULTILINE))


def explained_in(folder: str) -> set[str]:
    """What the table gives reasons for in a folder such as `identity` or `identity/api`."""
    return {Path(path).stem for path in EXPLAINED if str(Path(path).parent) == folder}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_names_of_every_service(service: str) -> None:
    names = found(ROOT / "services" / service) - explained_in(service)
    assert names <= OF_A_SERVICE, f"without a reason in docs/architecture.md: {sorted(names - OF_A_SERVICE)}"
    assert names >= OF_A_SERVICE - ONLY_WHERE_NEEDED, f"missing: {sorted(OF_A_SERVICE - names)}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_edge_of_a_service_is_routes_and_bodies(service: str) -> None:
    api = ROOT / "services" / service / "api"
    others = found(api) - NO_ROUTES - explained_in(f"{service}/api")
    without_routes = {name for name in others if not re.search(r"= Blueprint\(", (api / f"{name}.py").read_text())}
    assert not without_routes, f"no module of routes, and without a reason: {sorted(without_routes)}"
    assert found(api) >= NO_ROUTES - {"__init__"}


def test_what_only_one_service_has_exists_and_is_explained() -> None:
    gone = [path for path in EXPLAINED if not (ROOT / "services" / path).exists()]
    assert not gone, "explained in docs/architecture.md, and not there"


def test_every_service_is_in_the_table_of_who_owns_what() -> None:
    owners = re.findall(r"^\| (\w+) \|", section("Who owns what"), re.MULTILINE)
    assert sorted(owners) == sorted([*SERVICES, "gateway", "service"])


def test_the_gateway_has_the_packages_of_its_listing() -> None:
    assert found(ROOT / "gateway") == listed("The gateway from its folder listing")


def test_the_console_has_the_folders_of_its_listing() -> None:
    console = ROOT / "console"
    named = {
        name.rstrip("/") for name in re.findall(r"[├└]── ([\w./-]+)", section("The console from its folder listing"))
    }
    missing = {name for name in named if not (console / name).exists()}
    assert not missing, f"listed, and not there: {sorted(missing)}"
    kept = {path.name for path in console.iterdir() if path.is_dir()} - {"node_modules", "dist", "src", "__pycache__"}
    inside = {f"src/{path.name}" for path in (console / "src").iterdir() if path.is_dir()}
    assert kept | inside == {name for name in named if (console / name).is_dir()}


def test_make_test_runs_every_test() -> None:
    """Once: a folder in both halves would be run twice, and one in neither by nobody."""
    played = sorted(path for half in HALVES for folder in half for path in (ROOT / folder).rglob("test_*.py"))
    # The bench keeps older versions of all this in .local.
    strange = {".venv", ".local", "node_modules"}
    everywhere = {path for path in ROOT.rglob("test_*.py") if not strange.intersection(path.relative_to(ROOT).parts)}
    assert played == sorted(everywhere)
