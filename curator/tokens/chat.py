"""A base model's chat template, rendered as transformers renders it, in a sandbox: it is other people's code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import jinja2
import jinja2.ext
import jinja2.meta
import jinja2.nodes
import jinja2.parser
import jinja2.runtime
import jinja2.utils
from jinja2.sandbox import ImmutableSandboxedEnvironment

from curator.core.errors import ModelError
from curator.tokens.messages import Message


class TemplateRefusedError(ModelError):
    """The template would not take these messages; `message` holds its own words."""


class _Generation(jinja2.ext.Extension):
    """Takes `{% generation %}` blocks for what is in them: transformers marks the assistant's tokens with them."""

    tags = {"generation"}  # noqa: RUF012  (jinja2 declares it as an instance attribute)

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        """Turn the block into a call that returns its body."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller: Callable[[], str]) -> str:
        return caller()


class _Namespace(jinja2.utils.Namespace):
    """A namespace that keeps dunder attributes out, as transformers does."""

    def __setitem__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            raise jinja2.exceptions.SecurityError(f"A template may not store the attribute {name!r}.")
        super().__setitem__(name, value)


def _raise_exception(message: str) -> None:
    raise jinja2.exceptions.TemplateError(message)


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON as it is: jinja2's own filter escapes HTML characters, which would change the tokens."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _environment(day: date | None) -> ImmutableSandboxedEnvironment:
    """The environment of transformers 5 (`utils/chat_template_utils.py`), less its tracker of generated tokens."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda form: _now(day).strftime(form)
    environment.globals["namespace"] = _Namespace
    return environment


def _now(day: date | None) -> datetime:
    return datetime.now() if day is None else datetime.combine(day, time())


class ChatTemplate:
    """A compiled template with the model's special tokens, ready to render. One that writes the date (Llama 3.2) writes
    `day`, or where that is None the day on which it is rendered.

    Raises `ModelError` when the template itself is broken.
    """

    def __init__(self, source: str, special_tokens: Mapping[str, str], day: date | None = None) -> None:
        self.source = source
        self._special_tokens = dict(special_tokens)
        environment = _environment(day)
        try:
            tree = environment.parse(source)
            self._template = environment.from_string(source)
        except jinja2.exceptions.TemplateSyntaxError as error:
            raise ModelError(
                f"This model's chat template is broken: {error.message} (line {error.lineno}).",
                "Choose another model, or repair its chat_template.",
            ) from error
        self.is_dated = any(
            isinstance(call.node, jinja2.nodes.Name) and call.node.name == "strftime_now"
            for call in tree.find_all(jinja2.nodes.Call)
        )
        """Whether the template writes today's date, so that counts are true for a day only."""
        literals = [node.data for node in tree.find_all(jinja2.nodes.TemplateData)]
        literals += [node.value for node in tree.find_all(jinja2.nodes.Const) if isinstance(node.value, str)]
        self.literal_text = "\0".join(literals)
        """Every text the template itself can write; what tells a control token from an ordinary added one."""

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False, **values: Any) -> str:
        """The text that is tokenized. Raises `TemplateRefusedError` with the template's own words."""
        try:
            return self._template.render(
                **self._special_tokens,
                messages=[dict(message) for message in messages],
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **values,
            )
        except jinja2.exceptions.TemplateError as error:
            raise TemplateRefusedError(
                f"This model's chat template refuses the row: {_sentence(error.message or type(error).__name__)}"
            ) from error
        except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
            # A template is a program: operations on values it did not expect end in Python's own errors.
            raise TemplateRefusedError(f"This model's chat template cannot take the row: {_sentence(error)}") from error


def _sentence(error: object) -> str:
    words = " ".join(str(error).split())[:300] or "no reason given"
    return words if words.endswith((".", "!", "?")) else words + "."
