"""Keep the templates of pages compiled: nbconvert compiles all of them anew for each page."""

from functools import cache

from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.meta import find_referenced_templates


class CompiledTemplates(BytecodeCache):
    """The compiled templates of this process. Jinja uses one only if it was made from what the file holds now."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()

    def fill(self, environment: Environment, name: str) -> None:
        """Compile a template and all that it refers to, if nothing is compiled yet."""
        found, new = {name}, [] if self.compiled else [name]
        while new:
            environment.get_template(new[-1])
            source, _, _ = environment.loader.get_source(environment, new.pop())
            names = set(filter(None, find_referenced_templates(environment.parse(source)))) - found
            found |= names
            new += names


@cache
def compiled_templates(exporter: type) -> CompiledTemplates:
    """Return those of a class of exporters, all of whose environments are alike."""
    return CompiledTemplates()
