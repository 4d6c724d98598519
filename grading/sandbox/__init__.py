"""Where strangers' code runs: a process forked from a warm one, confined, and told nothing worth stealing.

``host`` is the trusted side: it has a ``zygote`` forked from the ``template``, asks it for a ``child``, and sends
cells. The child confines itself (``confine``) and runs them in a ``shell``. ``examine`` takes the examiner's place in
there: it makes traces, and whoever sent the cell judges them.
"""
