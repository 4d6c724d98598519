"""nbgrader's settings for students: what *Validate* does."""

c = get_config()  # noqa: F821 - put here by traitlets, which reads this file

c.Execute.skip_cells_with_tag = "explore"  # pictures and training runs take long, and no test needs them
