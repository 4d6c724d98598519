"""nbgrader's settings for this course. Read by its commands, by the formgrader and by ``python -m grading``.

Put your own into ``nbgrader_config_local.py`` beside this file, so that an upgrade meets no change of yours.
"""

from pathlib import Path

import nbgrader

import grading
from grading.nbgrader_plugins import careful_autograde, careful_generate, harmless_log, unusual_paths

c = get_config()  # noqa: F821 - put here by traitlets, which reads this file

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "tinytorch-07"

# As nbgrader has them; SaveCells notes when the assignment was first generated, too.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.InstantiateTests",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "grading.nbgrader_plugins.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# A submission contributes the student's solutions. Everything else in it comes from the instructor's copy.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "grading.nbgrader_plugins.RestoreCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# nbgrader's own commands and the formgrader read submissions as carefully as `python -m grading` does.
careful_autograde.install()

# `nbgrader generate_assignment` keeps the former release if it cannot make a new one, and says what to do when there
# is work in already.
careful_generate.install()

# The course may lie in a folder with a percent sign, parentheses or a plus sign in its path; some others are refused.
unusual_paths.install(Path(__file__).resolve().parent)

# In their logs, on the terminal and in .nbgrader.log, what a submission says is only text, and indented.
harmless_log.install()

# `nbgrader export` writes what cannot be taken for a grade, or run by a spreadsheet.
c.ExportApp.plugin_class = "grading.nbgrader_plugins.csv_export.CsvExport"

# Cells run confined, and what they leave is judged outside. The limits are options of ConfinedExecute. What a cell
# writes, also to stderr, costs nothing: SaveAutoGrades sees to that.
c.Autograde.autograde_preprocessors = [
    "grading.nbgrader_plugins.ConfinedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "grading.nbgrader_plugins.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Grading does not pay for exploring: sweeps, plots and training runs are left out.
c.Execute.skip_cells_with_tag = c.ConfinedExecute.skip_cells_with_tag = "explore"
c.Execute.timeout = 30  # seconds a cell may take where submissions run unconfined

# A class's archive, from Canvas, Moodle, Blackboard or Gradescope, is taken apart safely. What the extractor makes of
# it the collector finds by this: STUDENT/TIME/NOTEBOOK.ipynb.
c.ZipCollectApp.extractor_plugin = "grading.lms.extractor.LmsExtractor"
c.FileNameCollectorPlugin.named_regexp = (
    r".*/(?P<student_id>[^/]+)/(?:untimed|(?P<timestamp>\d{8}T\d{6}Z))/(?P<file_id>[^/]+\.ipynb)$"
)

# Where the exchange is, is for the site to say: c.Exchange.root, in nbgrader_config_local.py beside this file.
# What comes under another's name is not collected, no link is followed, and nobody's submission stops the others'.
c.ExchangeFactory.collect = "grading.nbgrader_plugins.exchange.Collect"
c.ExchangeFactory.release_feedback = "grading.nbgrader_plugins.release_feedback.ReleaseFeedback"

# Points that each day begun after the due date costs, and minutes that cost nothing. `python -m grading due` sets the
# due date, and `extend` a later one for single students; without one, nobody is late.
c.AssignLatePenalties.plugin_class = "grading.nbgrader_plugins.late_penalty.PointsPerDay"
c.PointsPerDay.points_per_day = 0.0
c.PointsPerDay.grace_minutes = 0.0

# In a page of feedback, or of the formgrader, nothing that a submission made runs, can be clicked or is fetched.
c.HTMLExporter.preprocessors = ["grading.nbgrader_plugins.sound_notebook.SoundNotebook"]
c.HTMLExporter.optimistic_validation = True  # once, when what is odd has been put right
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "grading.nbgrader_plugins.html_filters.clean",
    "earlier_answer": "grading.nbgrader_plugins.earlier_answer.earlier_answer",
    "highlight_code": "grading.nbgrader_plugins.html_filters.highlight_code",
    "is_students_own": "grading.nbgrader_plugins.marking_scheme.is_own",
    "markdown2html": "grading.nbgrader_plugins.html_filters.clean_markdown",
    "marking_scheme": "grading.nbgrader_plugins.marking_scheme.marking_scheme",
    "show_output": "grading.nbgrader_plugins.html_filters.show_output",
    "strip_files_prefix": "grading.nbgrader_plugins.html_filters.unchanged",
}

# The formgrader's page of a submission shows the marking scheme beside an answer; our templates go before nbgrader's.
TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
c.HTMLExporter.extra_template_basedirs = [
    str(Path(grading.__file__).parent / "nbgrader_plugins" / "templates"),
    str(TEMPLATES),
]
c.HTMLExporter.extra_template_paths = [str(TEMPLATES)]

# Feedback is nbgrader's page, extended by what the examiner found.
c.GenerateFeedback.exporter_class = "grading.feedback_page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["grading.nbgrader_plugins.GetGrades", "grading.feedback_page.FeedbackPage"]

# Nobody else on the machine can read or drive the kernels that nbgrader's own Execute starts.
c.KernelManager.transport_encryption = "auto"

# What a site sets stands in a file of its own, which is loaded last, if it is there, and which git ignores.
load_subconfig("nbgrader_config_local.py", path=str(Path(__file__).resolve().parent))  # noqa: F821 - as get_config
