"""Would anybody believe what a key is about to sign? For those who sign online, before they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthpass.errors import TrustListRefused

if TYPE_CHECKING:
    from healthpass.formats.trust_list import TrustList


def check_registrar(key: bytes, trust_list: TrustList) -> None:
    """Raises `TrustListRefused` ("not-a-registrar") if the list does not name this key (32 bytes) as a registrar's."""
    if key not in trust_list.registrar_keys:
        raise TrustListRefused(
            "not-a-registrar", "the trust list does not name this key as a registrar's; take the right key"
        )


def check_risk_office(key: bytes, trust_list: TrustList) -> None:
    """Raises `TrustListRefused` ("not-a-risk-office") if the list does not name this key as a risk office's."""
    if key not in trust_list.risk_keys:
        raise TrustListRefused(
            "not-a-risk-office", "the trust list does not name this key as a risk office's; take the right key"
        )


def check_no_role(key: bytes, trust_list: TrustList) -> None:
    """Raises `TrustListRefused` ("two-roles") if the list names this key of a region or station for anything: those
    stand in no trust list, and a key has one role."""
    if key in trust_list.all_keys():
        raise TrustListRefused("two-roles", "the trust list names this key for something else: take the right key")
