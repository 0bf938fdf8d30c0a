"""How a column is computed, in people's words: SQL, and phrases from one vocabulary table per language.

A text is used only if every word is understood. Otherwise the caller quotes it, and nothing is guessed.
"""
