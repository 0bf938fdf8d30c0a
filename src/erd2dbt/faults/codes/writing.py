"""Codes of writing the project (E801 to E812)."""

from __future__ import annotations

from erd2dbt.faults.codes.doc import doc

WRITING = (
    doc(
        "E801",
        "A generated file was edited, and its last generated version is missing",
        """Edits of generated files are merged with the next generated version. For that, the last generated
        version is kept in `.erd2dbt.base`, next to `.erd2dbt.lock`. Here it is missing, so manual edits cannot
        be distinguished from changes of the spec. Nothing was written. Restore the file from version control,
        and keep it there. Or let `--conflict` decide for the whole file: `theirs` keeps your version, `ours`
        takes the generated one, `markers` writes both.""",
        """
        erd2dbt generate shop.yml
        """,
        """
        erd2dbt generate shop.yml --conflict theirs
        """,
    ),
    doc(
        "E802",
        "A file that was not generated has this path",
        """A file with this path exists already, and this tool did not write it. It is never overwritten without
        `--force`. Move or rename that file, rename the model, or generate into another folder with `output:`.
        `--force` replaces the file.""",
        """
        output: .
        """,
        """
        output: dbt_project
        """,
    ),
    doc(
        "E803",
        "The project cannot be written",
        """The operating system refused to write: the permission is missing, the disk is full, or there is a
        file where a folder should be. The same code is reported when another run is still writing there, or
        when the record of an earlier run is broken. The message ends with the reason. The project was left as
        it was: files are put in place only after all of them could be written. If a run is stopped halfway, the
        message says how far it came, and the next run finishes it.""",
        """
        erd2dbt generate shop.yml -o /usr/shop
        """,
        """
        erd2dbt generate shop.yml -o shop
        """,
    ),
    doc(
        "E804",
        "A path leaves the project or is the same as another",
        """Everything that is generated is inside the project's folder, each file at its own path. This path leaves
        it with `..` or over a symbolic link, or it is the same file as another on a disk that ignores case.
        `output:` of a spec names a folder below the one of the spec; only `-o` on the command line may lead
        elsewhere. Nothing was written. Rename the entity or model, remove the symbolic link, or name a folder
        for the whole project with `output:`.""",
        """
        erd2dbt generate shop.yml  # models/marts is a link to /srv/shared
        """,
        """
        erd2dbt generate shop.yml  # models/marts is a folder
        """,
    ),
    doc(
        "E805",
        "A template of your own cannot be rendered",
        """With `--templates` a folder of your own templates replaces templates of the tool, and one of them
        failed. Its Jinja cannot be read, it uses a name that does not exist, or it does what the sandbox
        forbids. These templates use `[[ name ]]` and `[% if %]`, so that `{{ ref() }}` is left for dbt. The
        message ends with Jinja's own message. Compare the template with the one of the tool that it replaces.""",
        """
        select * from [[ ref(model) ]]
        """,
        """
        select * from {{ ref('[[ model.name ]]') }}
        """,
    ),
    doc(
        "E806",
        "You and the spec changed the same thing",
        """A generated file was edited, the spec changed as well, and both changed the same place. For example,
        both changed one description, or a column with your own test is no longer generated. Everything else
        could be merged, but nothing was written. Make the change in the spec, and remove it from the file. Or
        let `--conflict` decide at such places. `theirs` keeps your version, and `ours` takes the generated
        version. `markers` writes both versions into the file; the exit code is 1 until you have decided.
        `--force` overwrites whole files with all edits in them.""",
        """
        erd2dbt generate shop.yml
        """,
        """
        erd2dbt generate shop.yml --conflict markers
        """,
    ),
    doc(
        "E807",
        "The project's own dbt_project.yml cannot be read",
        """The folder has a `dbt_project.yml` that this tool did not write. It is read, and never changed: the
        models go below its `model-paths`, tests and macros below their paths, and its name is used. Here it is
        not YAML, or has a key twice. Nothing was written. `dbt parse` says more about it.""",
        """
        name: crm
        name: crm2
        """,
        """
        name: crm
        """,
    ),
    doc(
        "E808",
        "The project already has a model of this name",
        """dbt knows a model, a seed or a snapshot by its name alone, in any folder, and a generic test too. The
        project has one whose name would be generated again. Nothing was written. Rename it in the spec, or
        remove the other one; a model of that name can be read instead of being generated, with `existing:`.""",
        """
        models:
          customer_value: {grain: customer_id, rows: customers}
        """,
        """
        models:
          customer_value:
            existing: customer_value
            grain: customer_id
            columns: {customer_id: int}
        """,
    ),
    doc(
        "E809",
        "There is no such model in the project",
        """`existing:` names a dbt model, seed or snapshot of the project that is generated into, or of one of
        its installed packages. There is none of that name. Nothing was written. Run `dbt deps` first, if a
        package has it.""",
        """
        models:
          calendar: {existing: dim_calender, grain: date_day, columns: {date_day: date}}
        """,
        """
        models:
          calendar: {existing: dim_calendar, grain: date_day, columns: {date_day: date}}
        """,
    ),
    doc(
        "E810",
        "No branch can be created for the generated files",
        """With `--branch` the project is generated, compiled and committed on a new branch of its git repository.
        This happens in a separate work tree: yours is not touched. The new branch starts at the commit that is
        checked out. The current branch must have a commit and no uncommitted changes, and generated files must
        be in version control. When git or one of your hooks refuses the commit, no branch is made.""",
        """
        erd2dbt generate shop.yml --branch feature/diagram  # beside changes that are not committed
        """,
        """
        git commit --all --message "The diagram of May"
        erd2dbt generate shop.yml --branch feature/diagram
        """,
    ),
    doc(
        "E811",
        "A merge would break a model",
        """A model was edited by hand, and the spec changed it as well. Both changes could be merged, but the
        grain of the model does not follow from the merged SQL, although it follows from the current file. For
        example, the edit groups by a column that the spec has removed. Nothing was written. Make the change in
        the spec, where it survives, or remove it from the file.""",
        """
        erd2dbt generate shop.yml
        """,
        """
        erd2dbt generate shop.yml --force
        """,
    ),
    doc(
        "E812",
        "An edited file cannot be read",
        """A generated file was edited, and it cannot be read safely. It is not YAML, it has two documents or a
        key twice, it is not UTF-8, or git left conflict markers in it. Of two equal keys dbt would take the
        last one. Nothing was written, because such a file cannot be merged. Correct it, and run the command
        again. `--force` overwrites the file.""",
        """
        models:
          - name: orders
           description: What was bought
        """,
        """
        models:
          - name: orders
            description: What was bought
        """,
    ),
)
