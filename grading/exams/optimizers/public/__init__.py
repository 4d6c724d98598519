"""Ask what was seen of your optimizer: ``diagnose(Adam)``.

It runs your class on public cases and compares what happens with what was recorded of right optimizers and of known
mistakes. It knows nothing of how an optimizer is written, and the checks that grade you use other numbers.
"""

from .curves import Parting, parting
from .diagnose import diagnose
from .differences import Diagnosis, compare, first_difference

__all__ = ["Diagnosis", "Parting", "compare", "diagnose", "first_difference", "parting"]
