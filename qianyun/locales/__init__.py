"""Catalogues of words, one folder a language; `make words` renews them from the code."""
