"""What a migration may do to tables that are in use: nothing that holds up payments, nothing the release before needs.

Statements are those that were really sent. Only the tables that a migration has not made itself are in use.
"""

import re
from collections.abc import Iterator, Sequence

# So few rows that any lock on them is over before somebody notices.
SMALL = frozenset({"audit_chain", "company_setting", "email_setting", "email_template", "loan_types"})
_BODIES = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_CREATED = re.compile(r"create (?:unlogged )?table (?:if not exists )?([\w.\"]+)")
_INDEX = re.compile(r"create (?:unique )?index (concurrently )?.*? on (?:only )?([\w.\"]+)")
_ALTERED = re.compile(r"alter table (?:if exists )?(?:only )?([\w.\"]+) (.*)")
_FILLED = re.compile(r"(?:^|[(] ?)(update|delete from) (?:only )?([\w.\"]+)")
_OTHERS = re.compile(r"^(truncate|lock table|cluster|vacuum full|reindex(?! concurrently)|rename)\b")
_DROPPED = re.compile(r"^drop (table|view|column|function|sequence) (?:if exists )?([\w.\"]+)")
# What each part of an ALTER TABLE does to those who use the table.
_ALTERATIONS = {
    r"^(?!.*\b(?:default|generated)\b).*add column .*\bnot null\b": "a column that may not be empty and has no default",
    r"add column .*\bgenerated always as\b.*\bstored\b": "writes every row anew",
    r"add column .*\bdefault (?:gen_random_uuid|random|clock_timestamp|nextval)\b": "writes every row anew",
    r"alter column \S+ (?:set data )?type\b": "writes every row anew",
    r"set (?:logged|unlogged)\b": "writes every row anew",
    r"alter column \S+ set not null": "reads every row under a lock: add a CHECK that is NOT VALID, and validate it",
    r"add constraint \S+ (?:check|foreign key)(?!.*\bnot valid\b)": "reads every row under a lock: first NOT VALID",
    r"add constraint \S+ (?:unique|primary key|exclude)(?!.* using index\b)": "makes an index under a lock",
}
_REMOVALS = r"drop column|rename (?:column |to )|drop constraint \S+_pkey"


def faults(statements: Sequence[str], *, contracts: bool = False) -> list[str]:
    """What is wrong with a migration. One that `contracts` takes away what no release reads any more."""
    own: set[str] = set()
    found: list[str] = []
    for statement in _plain(statements):
        if created := _CREATED.match(statement):
            own.add(_name(created[1]))
            continue
        found += [f"{fault}: {statement[:100]}" for fault in _faults_of(statement, own, contracts=contracts)]
    return found


def _faults_of(statement: str, own: set[str], *, contracts: bool) -> Iterator[str]:
    spared = own | SMALL
    if (index := _INDEX.match(statement)) and not index[1] and _name(index[2]) not in spared:
        yield "an index that is not made CONCURRENTLY holds up writes"
    if (altered := _ALTERED.match(statement)) and _name(altered[1]) not in spared:
        yield from (fault for pattern, fault in _ALTERATIONS.items() if re.search(pattern, altered[2]))
    if altered and _name(altered[1]) not in own and re.search(_REMOVALS, altered[2]) and not contracts:
        yield "the release before needs what is taken away"
    for _, table in _FILLED.findall(statement):
        if _name(table) not in spared and "limit " not in statement and "alembic_version" not in table:
            yield "all rows in one transaction: batch by batch, each committed"
    if _OTHERS.match(statement):
        yield "locks a whole table"
    if (dropped := _DROPPED.match(statement)) and _name(dropped[2]) not in own and not contracts:
        yield "the release before needs what is taken away"


def _plain(statements: Sequence[str]) -> Iterator[str]:
    """Each statement by itself, on one line and in lower case, without texts and the bodies of functions."""
    for sent in statements:
        for statement in _TEXTS.sub("''", _BODIES.sub("''", sent)).split(";"):
            if line := " ".join(statement.split()).lower():
                yield line


def _name(table: str) -> str:
    return table.rpartition(".")[2].strip('"')
