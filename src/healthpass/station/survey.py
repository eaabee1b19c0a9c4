"""The manual survey, for a person whose region gives no answer: the answers, and a digest that stands for them.

The answers stay with the station. What goes into its attestation is 32 bytes of a hash over them and a random salt, so
that the station can show later on what grounds it vouched, and nobody can tell the answers from the digest. No answer
ever enters a pass.

A file of answers is the line "healthpass survey answers 1", a line with the salt in hexadecimal digits, and the
answers: JSON of one form (sorted keys, an indent of one, UTF-8, a newline at the end) with the answers by the ids of
the fields, the digest of the form, the language in which it was filled in, and the time.
"""

from __future__ import annotations

import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from healthpass._frames import guarded
from healthpass._texts import text_of
from healthpass._typed import typed
from healthpass.crypto import ed25519
from healthpass.errors import BadInput, FormatError
from healthpass.formats import fields
from healthpass.station.survey_form import CHOICE, DATE, NUMBER, TEXT, YES_NO, Field, Form
from healthpass.station.survey_words import words

Answer = bool | str | list[str]
"""Yes or no; a text, a date as YYYY-MM-DD, a number in decimal digits or an option's id; or several options' ids."""

SALT_SIZE = 16
DIGEST_SIZE = 32
MAX_FILE = 1_048_576
"""Bytes of a file of answers."""
_LABEL = b"healthpass survey grounds v1\x00"
_FIRST_LINE = b"healthpass survey answers 1"
_FILE = re.compile(_FIRST_LINE + rb"\n([0-9a-f]{32})\n(\{.*\}\n)", re.DOTALL)
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_YES_NO = {"y": True, "yes": True, "是": True, "n": False, "no": False, "否": False}
_MEMBERS = {"answers", "form", "language", "time"}


class AnswerRefused(BadInput):
    """An answer cannot be taken for that field; the sentence is in the language of whoever answers."""


@guarded
def answer(question: Field, text: str, language: str) -> Answer | None:
    """What a person typed for a question; None if nothing and that may be.

    Options are answered by their numbers in the list, from 1. Full-width characters are taken for plain ones.

    Raises:
        AnswerRefused: "empty", "text", "date", "yes-no", "choice", "many", "alone" or "number".
    """
    text = text.strip()
    if not text:
        if question.required:
            raise _refused("empty", language)
        return None
    if question.kind == TEXT:
        if len(text) > question.most or not text.isprintable():
            raise _refused("text", language, most=question.most)
        return text
    plain = unicodedata.normalize("NFKC", text[:200]) if len(text) <= 200 else ""
    if question.kind == DATE:
        return _date(plain, language)
    if question.kind == YES_NO:
        if plain.lower() not in _YES_NO:
            raise _refused("yes-no", language)
        return _YES_NO[plain.lower()]
    return _choice(question, plain, language) if question.kind == CHOICE else _number(question, plain, language)


@guarded
def encode_answers(form: Form, answers: Mapping[str, Answer], language: str, now: int) -> bytes:
    """The answers' one form in bytes.

    Args:
        form: which they answer.
        answers: by the ids of the form's questions; those that were left out are missing.
        language: in which it was filled in.
        now: when, in seconds since 1970 UTC.

    Raises:
        FormatError: an answer is missing, of no question, or none that `answer` gives.
    """
    form.check_language(language)
    fields.uint(now, "time")
    if None in answers.values():  # what was left out is missing: else one set of answers had two digests
        raise FormatError("survey answers: what was not answered is not there at all")
    questions = {each.id: each for each in form.questions}
    if not answers.keys() <= questions.keys():
        raise FormatError("survey answers: an answer to no question of the form")
    for name, question in questions.items():
        _check(question, answers.get(name), language)
    content = {"answers": dict(answers), "form": form.digest.hex(), "language": language, "time": now}
    return _json(content)


@guarded
def parse_answers(form: Form, data: bytes) -> dict[str, Answer]:
    """The answers of `encode_answers`. Raises `FormatError` if these bytes are not answers to this form."""
    content = _content(data)
    if content["form"] != form.digest.hex():
        raise FormatError("survey answers: they answer another form, or an edition of it that was changed")
    language, now = content["language"], content["time"]
    if not isinstance(content["answers"], dict) or not isinstance(language, str):
        raise FormatError("survey answers: not as they were written")
    if encode_answers(form, content["answers"], language, now) != data:
        raise FormatError("survey answers: not as they were written")
    return content["answers"]


@guarded
def answers_file(answers: bytes, salt: bytes) -> bytes:
    """The file that the station keeps.

    Args:
        answers: from `encode_answers`.
        salt: 16 random bytes, fresh for each survey.

    Raises:
        FormatError: a salt of another size, or these are no answers.
    """
    if len(salt) != SALT_SIZE:
        raise FormatError(f"a salt is {SALT_SIZE} bytes")
    _content(answers)
    return _FIRST_LINE + b"\n" + salt.hex().encode() + b"\n" + answers


def parse_answers_file(data: bytes) -> tuple[bytes, bytes]:
    """The answers' bytes and the salt of a file. Raises `FormatError` if it is none."""
    match = _FILE.fullmatch(text_of(data, "survey answers").encode()) if len(data) <= MAX_FILE else None
    if match is None:
        raise FormatError("survey answers: not a file of answers")
    _content(match[2])
    return match[2], bytes.fromhex(match[1].decode())


def grounds_digest(answers: bytes, salt: bytes) -> bytes:
    """32 bytes that stand for the grounds on which a station vouches: of a SHA-512 over a label, salt and answers.

    Without the salt, which stays with the answers, it says nothing about them: not even whether two people gave the
    same.

    Raises:
        FormatError: the salt is not 16 bytes.
    """
    if len(salt) != SALT_SIZE:
        raise FormatError(f"a salt is {SALT_SIZE} bytes")
    return ed25519.sha512(_LABEL + salt + answers)[:DIGEST_SIZE]


@typed
def check_grounds(file: bytes, digest: bytes) -> bool:
    """Whether a file of answers is the one that this digest stands for.

    Raises:
        FormatError: it is no file of answers.
    """
    return hmac.compare_digest(grounds_digest(*parse_answers_file(file)), digest)


def _date(text: str, language: str) -> str:
    match = _DATE.fullmatch(text)
    try:
        found = date(*map(int, match.groups())) if match else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2199:
        raise _refused("date", language)
    return found.isoformat()


def _choice(question: Field, text: str, language: str) -> str | list[str]:
    names = list(question.options)
    parts = re.split(r"[\s,;、]+", text.strip(" ,;、"))
    numbers = [int(part) - 1 if re.fullmatch("[0-9]{1,3}", part) else -1 for part in parts]
    good = all(0 <= number < len(names) for number in numbers)
    if not question.many:
        if not good or len(numbers) != 1:
            raise _refused("choice", language)
        return names[numbers[0]]
    if not good or len(set(numbers)) != len(numbers):
        raise _refused("many", language)
    chosen = [names[number] for number in sorted(numbers)]
    if question.alone in chosen and len(chosen) > 1:
        raise _refused("alone", language, number=names.index(question.alone) + 1)
    return chosen


def _number(question: Field, text: str, language: str) -> str:
    match = re.fullmatch(r"(-?[0-9]{1,6})(?:[.,]([0-9]{1,3}))?", text)
    digits = (match[2] or "").rstrip("0") if match else ""
    scale = 10**question.decimals
    if match is not None and len(digits) <= question.decimals:
        size = abs(int(match[1])) * scale + int(digits.ljust(question.decimals, "0") or "0")
        value = -size if match[1].startswith("-") else size
        if question.least * scale <= value <= question.most * scale:
            whole, part = divmod(size, scale)
            sign = "-" if value < 0 else ""
            return f"{sign}{whole}.{part:0{question.decimals}}" if question.decimals else f"{sign}{whole}"
    limits = {"least": question.least, "most": question.most, "decimals": question.decimals}
    raise _refused("number", language, **limits)


def _check(question: Field, value: Any, language: str) -> None:
    """Whether `answer` gives this value for some text."""
    try:
        if value is None or (type(value) is str and question.kind in (TEXT, DATE, NUMBER)):
            same = answer(question, value or "", language) == value
        elif question.kind == YES_NO:
            same = type(value) is bool
        else:
            names = list(question.options)
            chosen = value if type(value) is list else [value]
            text = " ".join(str(names.index(name) + 1) for name in chosen)
            same = question.kind == CHOICE and answer(question, text, language) == value
    except ValueError:  # a refused answer, or a name that is no option's
        same = False
    if not same:
        raise FormatError(f'survey answers: no answer to the question "{question.id}", or one that it does not take')


def _content(data: bytes) -> dict[str, Any]:
    """The members of answers in JSON. Whether they answer a form is not looked at."""
    try:
        content = json.loads(data.decode("utf-8")) if len(data) <= MAX_FILE else None
        if isinstance(content, dict) and content.keys() == _MEMBERS and _json(content) == data:
            return content
    except (ValueError, RecursionError):  # no UTF-8, no JSON, half a surrogate pair, or nested without an end
        pass
    raise FormatError("survey answers: not as they were written")


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode("utf-8")


def _refused(code: str, language: str, **values: int) -> AnswerRefused:
    return AnswerRefused(code, words(language)[f"bad-{code}"].format(**values))
