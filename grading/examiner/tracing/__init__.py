"""Record what a submission's code does, as data that can travel between processes.

Students get this package too, and it runs in the sandbox: it knows no answers.
"""
