"""A small stand-in for `enum.IntEnum` on the scanner's import path.

Importing `enum` takes about a third of a bare interpreter's start (benchmarks/cold_start.py). Type checkers see the
real `IntEnum`; at run time this gives the part of it that a table of codes needs: members by name, by value and by
iteration, with `.name` and `.value`. A test holds it to `IntEnum`'s answers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import IntEnum as LightIntEnum
else:

    class _LightMeta(type):
        def __new__(mcs, name, bases, namespace):
            values = {k: v for k, v in namespace.items() if type(v) is int}
            cls = super().__new__(mcs, name, bases, {k: v for k, v in namespace.items() if k not in values})
            members = {}
            for key, value in values.items():
                member = int.__new__(cls, value)
                member.name = key
                type.__setattr__(cls, key, member)
                members[value] = member
            type.__setattr__(cls, "_members", members)
            return cls

        def __call__(cls, value):
            try:
                return cls._members[value]
            except (KeyError, TypeError):
                raise ValueError(f"not a valid {cls.__name__}") from None

        def __getitem__(cls, name):
            for member in cls:
                if member.name == name:
                    return member
            raise KeyError(name)

        def __iter__(cls):
            return iter(cls._members.values())

        def __len__(cls):
            return len(cls._members)

        def __contains__(cls, value):
            return value in cls._members

        def __setattr__(cls, name, value):
            raise AttributeError(f"cannot reassign member {name!r}")

    class LightIntEnum(int, metaclass=_LightMeta):
        """An int with a name; `LightIntEnum(value)` and `LightIntEnum["NAME"]` look a member up."""

        @property
        def value(self):
            return int(self)

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {int(self)}>"

        def __str__(self):
            return int.__repr__(self)

        __format__ = int.__format__

        def __reduce__(self):
            return type(self), (int(self),)

        def __copy__(self):
            return self

        def __deepcopy__(self, memo):
            return self


__all__ = ["LightIntEnum"]
