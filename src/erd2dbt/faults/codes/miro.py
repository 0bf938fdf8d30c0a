"""Codes of live boards: what Miro refuses (E060 to E068), and what cannot be merged when one is pulled again (E069)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

MIRO = (
    doc(
        "E060",
        "No access token for Miro",
        """Miro answers only requests that have an access token. The token is read from the variable MIRO_TOKEN,
        or from the file of `--token-file`, and it is never shown or written anywhere. To get one, create an app
        in Miro and install it in your team. The app needs the scope `boards:read`, and `boards:write` to push.""",
        """
        erd2dbt pull uXjVMktErd0=
        """,
        """
        MIRO_TOKEN=… erd2dbt pull uXjVMktErd0=
        """,
    ),
    doc(
        "E061",
        "Miro does not know the access token",
        """The token was sent, and Miro answered with 401. It may have expired or been revoked, or a letter was
        lost when it was copied. Install the app in the team again, and use the new token that it shows.""",
        """
        MIRO_TOKEN=expired erd2dbt pull uXjVMktErd0=
        """,
        """
        erd2dbt pull uXjVMktErd0= --token-file ~/.config/miro/token
        """,
    ),
    doc(
        "E062",
        "The access token has too few permissions",
        """Miro answered with 403 or 404: the token lacks a scope, its owner cannot see the board, or there is
        no such board. Miro does not always distinguish these cases. The message has Miro's answer and the
        scopes of the token. A push needs the scope `boards:write`.""",
        """
        erd2dbt push shop.yml https://miro.com/app/board/of_another_team=/
        """,
        """
        erd2dbt push shop.yml https://miro.com/app/board/uXjVMktErd0=/
        """,
    ),
    doc(
        "E063",
        "Miro gives no answer",
        """The address cannot be reached, or the service is overloaded. Calls that read are repeated a few
        times, each time after a longer pause, and not before the time that Miro names. A call that writes is
        repeated only after the board was checked. This error is reported when the last attempt has failed.""",
        """
        MIRO_API_URL=https://nowhere.example.org erd2dbt pull uXjVMktErd0=
        """,
        """
        erd2dbt pull uXjVMktErd0=
        """,
    ),
    doc(
        "E064",
        "The answer is not Miro's",
        """The answer is not JSON of the API. It is the page of a login, a proxy or an outage, a redirect, or a
        listing that never ends. The token is sent to Miro only, or to the address in MIRO_API_URL. That address
        must use https, because otherwise the token is sent unencrypted.""",
        """
        MIRO_API_URL=http://proxy.example.org erd2dbt pull uXjVMktErd0=
        """,
        """
        MIRO_API_URL=https://proxy.example.org erd2dbt pull uXjVMktErd0=
        """,
    ),
    doc(
        "E065",
        "Miro refused what was asked for",
        """Miro answered with an error that is neither about the token nor about the load. Its own words are in
        the message, with the field that it rejected. Everything that was drawn before stays and is recorded, so
        that the next push continues from there.""",
        """
        erd2dbt push shop.yml uXjVMktErd0=
        """,
        """
        erd2dbt push shop.yml uXjVMktErd0= --dry-run
        """,
    ),
    doc(
        "E066",
        "No such frame on the board",
        """A frame is named by its title, as shown on the board, or by the id at the end of a link to it. Case is
        ignored. Two frames with the same title differ only by their ids. `import --frame` reads one frame of a
        saved board; other notations have no frames.""",
        """
        erd2dbt pull uXjVMktErd0= --frame "Proposed modls"
        """,
        """
        erd2dbt pull uXjVMktErd0= --frame "Proposed models"
        """,
    ),
    doc(
        "E067",
        "Not the address of a board",
        """A board is named by its address in the browser, or by the id in that address. An id has letters, digits,
        `_`, `-`, and often a `=` at the end. Links to a frame of a board are accepted, too; then only that
        frame is read.""",
        """
        erd2dbt pull https://miro.com/app/dashboard/
        """,
        """
        erd2dbt pull https://miro.com/app/board/uXjVMktErd0=/
        """,
    ),
    doc(
        "E068",
        "The record of what was drawn cannot be used",
        """`push` keeps a record, beside the spec, of the items that it drew on the board. It changes only
        these. That file cannot be read, or it is of another board. Restore it from version control, or delete
        it. Without it, the diagram is drawn again, and the earlier drawing stays on the board.""",
        """
        erd2dbt push shop.yml another_board=
        """,
        """
        erd2dbt push shop.yml uXjVMktErd0=
        """,
    ),
    doc(
        "E069",
        "The diagram and the spec changed one thing",
        """A second `pull` or `import` merges the changes of the diagram into the spec that people have edited.
        Here both changed the same value since the last draft. No tool should decide between them, so nothing
        was written. Write into the spec what is right, or let `--conflict` decide for all such places at once.""",
        """
        erd2dbt pull uXjVMktErd0= -o shop.yml
        """,
        """
        erd2dbt pull uXjVMktErd0= -o shop.yml --conflict theirs
        """,
    ),
)
