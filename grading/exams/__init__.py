"""The exams: for each assignment, what the examiner asks and what must come out. Students never get them.

An exam is a folder of its own, with ``ASSIGNMENT``, the assignment's name, and ``PROFILE``, what a submission
finds in its sandbox. Its module ``exam`` has ``EXAM``. It imports from the engine only what ``grading.examiner`` names.
"""
