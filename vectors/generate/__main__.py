"""`python -m vectors.generate`: writes the vectors anew."""

from vectors.generate.writing import write

write()
