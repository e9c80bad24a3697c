"""The Jinja environment: strict, and every value kept out of the Markdown until it is parsed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, Undefined, nodes, pass_context
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import Context
from markupsafe import Markup

from bot.messages.filters import FILTERS, runs_of
from bot.messages.markdown import Document, Value, placeholder
from bot.messages.runs import Fragment

# Jinja's own filters that make no markup and take no text apart where a placeholder may stand.
_SAFE_FILTERS: Final = (
    "abs",
    "batch",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "groupby",
    "int",
    "items",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
)

_VALUES: ContextVar[list[Value]] = ContextVar("values of the message that is being rendered")


class _Environment(Environment):
    """Refuses `~` and `+`: joining would slip a value's text past the renderer; writing them side by side doesn't."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for node in template.find_all((nodes.Concat, nodes.Add)):
            raise TemplateSyntaxError(
                "don't join values with `~` or `+`; write them side by side: {{ a }}{{ b }}",
                node.lineno,
                name,
                filename,
            )
        return template


class _Compiled(BytecodeCache):
    """What template files were compiled to, for every environment of the process: packs share most of them."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Takes what the same text was compiled to, where that is known; of each file the last is."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps it."""
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED: Final = _Compiled()


@pass_context
def _keep(_context: Context, value: object) -> object:
    """What stands in the template's output for a value: a numbered placeholder."""
    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is missing
    if isinstance(value, Markup):
        return value  # made by a macro or `{% set %}` of our own templates: its values are kept already
    values = _VALUES.get()
    values.append(value if isinstance(value, Document) else Fragment(runs_of(value)))
    return Markup(placeholder(len(values) - 1))  # noqa: S704 - a private-use character and a number


@contextmanager
def collecting() -> Iterator[list[Value]]:
    """Collects the values of one message while its template is rendered."""
    values: list[Value] = []
    token = _VALUES.set(values)
    try:
        yield values
    finally:
        _VALUES.reset(token)


def environment(folders: list[Path], globals_: Mapping[str, Any]) -> Environment:
    """The environment for templates in these folders; an earlier folder overrides a later one by name."""
    env = _Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_keep,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_COMPILED,
    )
    env.filters = {name: env.filters[name] for name in _SAFE_FILTERS} | FILTERS
    env.globals.update(globals_)
    return env
