"""Put a submission's cells back into the order and number that the instructor gave them."""

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from ..roles import restore_roles


class RestoreCells(NbGraderPreprocessor):
    """Deleted cells come back, duplicates lose their role, moved cells return, and a cell's tags are its own no more.

    Takes the place of nbgrader's DeduplicateIds, and of OverwriteCells' ``add_missing_cells``, which gives up when a
    locked cell is missing too. OverwriteCells runs after it and restores the sources. Of several cells with one id the
    last keeps its role, because it would have had the last word in the student's own kernel.
    """

    def preprocess(self, nb, resources):
        context = resources["nbgrader"]
        with Gradebook(context["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(context["notebook"], context["assignment"])
            order = [cell.name for cell in notebook.source_cells]
            templates = {cell.name: self._from_source(cell, notebook) for cell in notebook.source_cells}

        if restored := restore_roles(nb):
            self.log.warning("Cells %s have lost their role and were recognised all the same", ", ".join(restored))

        # What follows a known cell travels with it; what precedes them all stays at the top.
        top, followers, known, current = [], {name: [] for name in order}, {}, None
        last = {self._name(cell): index for index, cell in enumerate(nb.cells)}
        for index, cell in enumerate(nb.cells):
            name = self._name(cell)
            if name in templates and last[name] == index:
                known[name] = cell
                current = name
                continue
            if name is not None:
                self.log.warning("Cell '%s' is a copy, or not of this assignment; it has no role in grading", name)
                cell.metadata.pop("nbgrader")
            (followers[current] if current else top).append(cell)

        nb.cells = top
        for name in order:
            if name not in known:
                self.log.warning("Cell '%s' is missing; the instructor's copy takes its place", name)
            cell = known.get(name, templates[name])
            # A student's tag must not keep a graded cell from running, and a student's role must not earn its points.
            cell.metadata = templates[name].metadata
            nb.cells.append(cell)
            nb.cells.extend(followers[name])
        return nb, resources

    @staticmethod
    def _name(cell):
        """The id under which a cell says that nbgrader knows it: some text; None if it has no role."""
        if "nbgrader" not in cell.metadata:
            return None
        role = cell.metadata["nbgrader"]
        return str(role.get("grade_id") if isinstance(role, dict) else role)

    @staticmethod
    def _from_source(source_cell, notebook):
        """A cell as the instructor released it, from the gradebook's record."""
        points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
        name = source_cell.name
        role = {
            "grade_id": name,
            "grade": name in {cell.name for cell in notebook.grade_cells},
            "solution": name in {cell.name for cell in notebook.solution_cells},
            "task": name in {cell.name for cell in notebook.task_cells},
            "locked": source_cell.locked,
            "checksum": source_cell.checksum,
            "cell_type": source_cell.cell_type,
            "schema_version": 3,
        }
        if name in points:
            role["points"] = points[name]
        make = new_code_cell if source_cell.cell_type == "code" else new_markdown_cell
        return make(source_cell.source, metadata={"nbgrader": role})
