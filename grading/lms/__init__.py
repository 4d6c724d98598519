"""Learning management systems: archives of submissions in, grades and feedback out."""
