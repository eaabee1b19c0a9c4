"""`healthpass station`: what a hospital's desk does for people without a pass."""

from __future__ import annotations

import click

from healthpass.cli.survey import check_command, form_command, survey_command


@click.group()
def station() -> None:
    """At a station's desk: print the `form` of the survey, or fill it in here (`survey`)."""


for command in (form_command, survey_command, check_command):
    station.add_command(command)
