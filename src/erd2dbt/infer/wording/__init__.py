"""How a column is made, in people's words: SQL, and phrases of a vocabulary that is a table for each language.

Every word of a text must be understood, or none is: what is left over is quoted by the caller, never guessed."""
