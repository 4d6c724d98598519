"""Submissions in, grades out: nbgrader's course, and what it lacks."""
