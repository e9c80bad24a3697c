"""Where Muster's files are: at the root of a checkout, or beside the code when installed as a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent

#: The directory that holds `templates/`, `runbooks/` and `migrations/`.
ROOT = _CHECKOUT if (_CHECKOUT / "templates").is_dir() else _PACKAGE / "_data"

TEMPLATES = ROOT / "templates"
RUNBOOKS = ROOT / "runbooks"
MIGRATIONS = ROOT / "migrations"
