"""Text of people as each language that is generated writes it: one module a language, and its only way to write text.

A piece that is written in a language has a type of its own where plain text would be live there (`jinja.Jinja`,
`jinja.Call`): what takes pieces cannot be given a plain `str`.
"""
