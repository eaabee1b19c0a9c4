# ruff: noqa: RUF001  # Chinese has punctuation of its own
"""What a survey says besides its form's own texts: in English and Chinese, and for other languages in English."""

from __future__ import annotations

from collections.abc import Mapping

_EN = {
    "yes": "Yes",
    "no": "No",
    "must": "* must be answered",
    "one": "Tick one.",
    "many": "Tick all that apply.",
    "year": "year",
    "month": "month",
    "day": "day",
    "ask-text": "Answer",
    "ask-date": "Date (year-month-day)",
    "ask-yes-no": "Yes or no (y/n)",
    "ask-choice": "Number of one",
    "ask-many": "Numbers of all that apply, such as 1 3",
    "ask-number": "Number",
    "may-skip": "Enter to leave it out",
    "bad-empty": "This must be answered.",
    "bad-text": "At most {most} characters, and no control characters.",
    "bad-date": "A date that there is, as year-month-day, such as 2027-01-15.",
    "bad-yes-no": "Answer y or n.",
    "bad-choice": "One number from the list.",
    "bad-many": "Numbers from the list, each once.",
    "bad-alone": "Option {number} cannot be combined with others.",
    "bad-number": "A number from {least} to {most}, with at most {decimals} digits after the point.",
}
_ZH = {
    "yes": "是",
    "no": "否",
    "must": "* 为必填项",
    "one": "请勾选一项。",
    "many": "请勾选所有符合的选项。",
    "year": "年",
    "month": "月",
    "day": "日",
    "ask-text": "请填写",
    "ask-date": "日期（年-月-日）",
    "ask-yes-no": "是或否（y/n）",
    "ask-choice": "请输入一个编号",
    "ask-many": "请输入所有符合的编号，如 1 3",
    "ask-number": "请输入数字",
    "may-skip": "按回车键跳过",
    "bad-empty": "此项必填。",
    "bad-text": "最多{most}个字符，且不得含控制字符。",
    "bad-date": "请按 年-月-日 填写真实日期，如 2027-01-15。",
    "bad-yes-no": "请回答 y（是）或 n（否）。",
    "bad-choice": "请输入列表中的一个编号。",
    "bad-many": "请输入列表中的编号，每个只填一次。",
    "bad-alone": "第{number}项不能与其他选项同时选择。",
    "bad-number": "请输入{least}至{most}之间的数字，小数最多{decimals}位。",
}


def words(language: str) -> Mapping[str, str]:
    """The words for a language: "zh" and its variants are Chinese, everything else English."""
    return _ZH if language.split("-")[0].lower() == "zh" else _EN
