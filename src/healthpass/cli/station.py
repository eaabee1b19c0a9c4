"""`healthpass station`: the green channel, for whoever has a part in it."""

from __future__ import annotations

import click

from healthpass.cli.desk import ask_command
from healthpass.cli.desk_flow import desk_command
from healthpass.cli.groups import Listed
from healthpass.cli.region import answer_command
from healthpass.cli.station_list import add_command, list_command, remove_command
from healthpass.cli.stations import certify_command, certify_region_command, issue_command
from healthpass.cli.survey import check_command, form_command, survey_command
from healthpass.cli.vouch import revoke_command, vouch_command


@click.group(cls=Listed)
def station() -> None:
    """The green channel, for people who have no pass.

    At the station's desk: `desk` guides through all of it; or `ask` the region, else print the `form` of the survey or
    fill it in here (`survey`), `vouch`, and `revoke` what was wrong. A registrar certifies stations and regions
    (`certify`, `certify-region`), a region answers (`answer`), and the platform issues what a station vouches for
    (`issue`): both serve the stations of their own list alone (`add`, `remove`, `list`). `check` tells later on what
    grounds a station vouched.
    """


for command in (
    desk_command,
    ask_command,
    form_command,
    survey_command,
    check_command,
    vouch_command,
    revoke_command,
    certify_command,
    certify_region_command,
    answer_command,
    issue_command,
    add_command,
    remove_command,
    list_command,
):
    station.add_command(command)
