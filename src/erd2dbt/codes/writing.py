"""Codes of writing the project (E801 to E804)."""

from __future__ import annotations

from erd2dbt.codes.doc import doc

WRITING = (
    doc(
        "E801",
        "A generated file was edited",
        """The file is not as it was written, so writing it again would lose someone's work. Nothing was
        written. Put the change into the spec, where it survives, and remove it from the file; `erd2dbt diff`
        shows what differs. What the spec cannot say belongs in a model of its own, in a file that the tool
        does not own.""",
        """
        erd2dbt generate shop.yml
        """,
        """
        erd2dbt diff shop.yml
        """,
    ),
    doc(
        "E802",
        "A file of someone else stands there",
        """A file is to be created where one exists that this tool did not write. It is never overwritten.
        Move or rename that file, rename the model, or generate into another folder with `output:`.""",
        """
        output: .
        """,
        """
        output: dbt_project
        """,
    ),
    doc(
        "E803",
        "The folder cannot be written",
        """The operating system refused to write: the permission is missing, the disk is full, or a file
        stands where a folder should be. The message ends with its reason. The project was left as it was:
        files are put in place only after all of them could be written.""",
        """
        output: /usr/shop
        """,
        """
        output: shop
        """,
    ),
    doc(
        "E804",
        "A path leaves the project",
        """Everything that is generated lies inside of the project's folder, and this path does not: it
        climbs out with `..`, or a symbolic link on its way leads elsewhere. Nothing was written. Name a
        folder for the whole project with `output:` instead, and remove the symbolic link.""",
        """
        erd2dbt generate shop.yml  # models/marts is a link to /srv/shared
        """,
        """
        erd2dbt generate shop.yml  # models/marts is a folder
        """,
    ),
)
