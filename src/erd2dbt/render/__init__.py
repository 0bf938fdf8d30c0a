"""A project as text: templates, their sandbox, and the second proof of the SQL they wrote."""
