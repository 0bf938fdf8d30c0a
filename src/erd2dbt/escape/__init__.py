"""Escapes the user's text for each generated language: one module a language, and the only way to write text in it.

Some languages have a type for finished pieces (`jinja.Jinja`, `jinja.Call`), because plain text would be executed
there. Functions that take such pieces refuse a plain `str`.
"""
