"""Ask what your optimizer behaves like: ``diagnose(Adam)``.

It runs your class on a few public cases and compares what happens with recorded traces of right optimizers and of known
mistakes. It knows nothing of how an optimizer is written, and the checks that grade you use other numbers.
"""

from .diagnose import Diagnosis, Parting, compare, compare_traces, diagnose, parting

__all__ = ["Diagnosis", "Parting", "compare", "compare_traces", "diagnose", "parting"]
