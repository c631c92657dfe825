"""The generator of the sample estates: seeded facts, written as departments really send them.

`estate` draws consistent facts, `layouts` and `wording` say how a department fills its form,
`faults` plants what is wrong, `ledgers` says which file holds what. One seed gives the same
files, byte for byte.
"""
