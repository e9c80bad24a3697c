"""YAML that remembers its lines, refuses repeated keys, and is safe to read whoever wrote it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from bot.policy.faults import Fault, quoted

#: Nesting and values beyond what a person writes; aliases count each time that they are used, so that a file
#: of a few lines cannot grow into millions of values.
_DEEPEST = 30
_MOST = 50_000

_SCALARS = SafeConstructor()
_READ: Mapping[str, Callable[[yaml.ScalarNode], Any]] = {
    "tag:yaml.org,2002:null": lambda _node: None,
    "tag:yaml.org,2002:bool": _SCALARS.construct_yaml_bool,
    "tag:yaml.org,2002:int": _SCALARS.construct_yaml_int,
    "tag:yaml.org,2002:float": _SCALARS.construct_yaml_float,
    "tag:yaml.org,2002:str": lambda node: node.value,
    # A date stays as it is written: what it means is the reader's business.
    "tag:yaml.org,2002:timestamp": lambda node: node.value,
}
_LISTS = "tag:yaml.org,2002:seq"
_MAPPINGS = "tag:yaml.org,2002:map"


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its plain value (None when it is empty or broken) and the faults found in reading it."""

    file: str
    first_line: int
    value: Any = None
    faults: tuple[Fault, ...] = ()
    _root: yaml.Node | None = None

    def line(self, place: Iterable[str | int]) -> int:
        """The line of the value at `place` (keys and indexes from the top), or of the nearest thing around it."""
        node, line = self._root, self.first_line
        for step in place:
            found = _inside(node, step)
            if found is None:
                break
            node, line = found[1], self.first_line + found[0].start_mark.line
        return line

    def line_of_text(self, place: Iterable[str | int], line: int) -> int:
        """The file's line of a text's own `line` (from 1); that of its key, where the text is not written as it is."""
        path = tuple(place)
        node: yaml.Node | None = self._root
        for step in path:
            found = _inside(node, step)
            node = found[1] if found else None
        literal = isinstance(node, yaml.ScalarNode) and node.style == "|"
        return self.first_line + node.start_mark.line + line if node and literal else self.line(path)

    def fault(self, place: Iterable[str | int], message: str) -> Fault:
        """A fault at `place`."""
        return Fault(self.file, self.line(place), message)


def read_yaml(text: str, *, file: str, first_line: int = 1) -> Document:
    """Reads one YAML document; never raises for what is in it.

    Args:
        text: the document.
        file: its name, for the faults.
        first_line: the line of the file in which `text` begins.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        return Document(file, first_line, faults=(_broken(error, file, first_line, text.count("\n")),))
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        message = "There is a character here that YAML does not allow. Delete it and type it again."
        return Document(file, first_line, faults=(Fault(file, line, message),))
    except RecursionError:
        return Document(file, first_line, faults=(Fault(file, first_line, "This is nested too deeply to be read."),))
    except (ValueError, OverflowError, LookupError) as error:
        # PyYAML lets these through for odd escapes and directives, without a line.
        return Document(file, first_line, faults=(Fault(file, first_line, f"This is not YAML: {_one_line(error)}."),))
    if root is None:
        return Document(file, first_line)
    reading = _Reading(file, first_line)
    try:
        value = reading.value(root, 0)
    except _TooMuch as error:
        return Document(file, first_line, faults=(*reading.faults, error.fault))
    return Document(file, first_line, value, tuple(reading.faults), root)


class _TooMuch(Exception):
    """The document is bigger than any that a person wrote."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(slots=True)
class _Reading:
    """One walk over a document's nodes."""

    file: str
    first_line: int
    faults: list[Fault] = field(default_factory=list)
    seen: int = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self.seen += 1
        if depth > _DEEPEST or self.seen > _MOST:
            raise _TooMuch(self._fault(node, "This is nested too deeply, or repeats itself too often, to be read."))
        if isinstance(node, yaml.MappingNode) and node.tag == _MAPPINGS:
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == _LISTS:
            return [self.value(item, depth + 1) for item in node.value]
        if isinstance(node, yaml.ScalarNode) and node.tag in _READ:
            return self._scalar(node)
        self._add(node, f"The tag {quoted(node.tag)} is not used here. Write the plain value.")
        return None

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._add(key, "A key is a plain word here, not a list or a mapping.")
            elif key.tag == "tag:yaml.org,2002:merge":
                self._add(key, "Merging with “<<” is not read here. Write the keys out.")
            elif not _writable(key.value):
                self._add(key, "This key has a character that cannot be shown. Type it again.")
            elif key.value in found:
                self._add(key, f"The key {quoted(key.value)} is here twice. Keep one of them.")
            else:
                found[key.value] = self.value(item, depth + 1)
        return found

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        try:
            value = _READ[node.tag](node)
        except (ValueError, ArithmeticError, LookupError):
            self._add(node, f"{quoted(node.value)} cannot be read. If it is text, put it in quotes.")
            return None
        if isinstance(value, str) and not _writable(value):
            self._add(node, "This has a character that cannot be stored. Delete it and type it again.")
            return None
        return value

    def _add(self, node: yaml.Node, message: str) -> None:
        self.faults.append(self._fault(node, message))

    def _fault(self, node: yaml.Node, message: str) -> Fault:
        return Fault(self.file, self.first_line + node.start_mark.line, message)


def _inside(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that marks the line, and the node to go on from."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, item) for key, item in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _writable(text: str) -> bool:
    """Whether Postgres and UTF-8 can keep it: neither NUL nor half of a surrogate pair."""
    return not any(ch == "\0" or "\ud800" <= ch <= "\udfff" for ch in text)


def _broken(error: yaml.MarkedYAMLError, file: str, first_line: int, last: int) -> Fault:
    """Where the YAML stops making sense, and where the thing that does not end begins."""
    mark = error.problem_mark or error.context_mark
    begins = error.context_mark
    line = min(mark.line, last) if mark else 0
    message = f"This is not YAML: {_one_line(error.problem or error.context or 'it cannot be read')}"
    if error.context and begins and begins.line < line:
        message += f", {_one_line(error.context)} that begins in line {first_line + begins.line}"
    return Fault(file, first_line + line, f"{message}.")


def _one_line(said: object) -> str:
    return " ".join(str(said).split())[:200].rstrip(".")
