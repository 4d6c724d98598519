"""Grade a class: what there is to do, one submission, the gradebook, progress, and the table of results."""
