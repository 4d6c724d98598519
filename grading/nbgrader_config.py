"""nbgrader's settings for this course. Read by its commands, by the formgrader and by ``python -m grading``."""

from pathlib import Path

c = get_config()  # noqa: F821 - put here by traitlets, which reads this file

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "tinytorch-07"

# A submission contributes the student's solutions. Everything else in it comes from the instructor's copy.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "grading.preprocessors.RestoreCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Cells run confined, and what they leave is judged outside. The limits are options of ConfinedExecute.
c.Autograde.autograde_preprocessors = [
    "grading.preprocessors.ConfinedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Grading does not pay for exploring: sweeps, plots and training runs are left out.
c.Execute.skip_cells_with_tag = c.ConfinedExecute.skip_cells_with_tag = "explore"
c.Execute.timeout = 30  # seconds a cell may take

# A page of feedback, or of the formgrader, runs no script that a submission has shown.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "grading.pages.clean",
    "markdown2html": "grading.pages.clean_markdown",
    "strip_files_prefix": "grading.pages.unchanged",
}

# Feedback is nbgrader's page, extended by what the examiner found.
c.GenerateFeedback.exporter_class = "grading.feedback_page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades", "grading.feedback_page.FeedbackPage"]

# Nobody else on the machine can read or drive the kernels that nbgrader's own Execute starts.
c.KernelManager.transport_encryption = "auto"
