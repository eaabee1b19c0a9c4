"""A region: it knows the person, and says "these keys are yellow until 18:00" without naming anybody."""

from __future__ import annotations

from healthpass.attester.attester import Attester, Person
from healthpass.attester.documents import DocumentTags
from healthpass.formats.document import Document

__all__ = ["Attester", "Document", "DocumentTags", "Person"]
