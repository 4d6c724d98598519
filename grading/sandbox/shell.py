"""An IPython shell that records the outputs of notebook cells in order.

It is IPython's, as that of Jupyter's kernel is, and leaves the same outputs. It runs cells in the main thread, where a
cell can be interrupted and where the time limits of a trace work.
"""

import ast
import asyncio
import builtins
import getpass
import io
import signal
import sys
from types import SimpleNamespace

import comm
from comm.base_comm import BaseComm
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import ExecutionResult
from traitlets import Type
from traitlets.config import Config

from .copies import copy_contents
from .no_programs import NoPrograms, explain_refusals
from .outputs import LONGEST_NAME
from .plain_python import Compiler, Transformers, as_written
from .recorder import Recorder
from .tracebacks import PutOff, put_off_where_wanted


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of the cells."""

    encoding = "utf-8"

    def __init__(self, shell: "Shell", name: str) -> None:
        self.shell, self.stream_name = shell, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.recorder.stream(self.stream_name, text)
        return len(text)


class Publisher(DisplayPublisher):
    """Takes what ``display`` shows and what plots show."""

    def publish(self, data, metadata=None, *args, transient=None, update=False, **kwargs):
        self._validate_data(data, metadata)
        name = (transient or {}).get("display_id")
        recorder = self.shell.recorder
        if update:
            recorder.change(name, data, metadata)
            return
        output = recorder.show("display_data", data, metadata)
        if name and output:
            recorder.named.setdefault(name, []).append(output)

    def clear_output(self, wait=False):
        self.shell.recorder.clear(wait)


class Hook(DisplayHook):
    """Takes the value of a cell's last line."""

    def start_displayhook(self):
        pass

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.recorder.show("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self):
        pass


class Comm(BaseComm):
    """A widget's connection, which leads nowhere: but that an Output widget takes what is shown, it says by it."""

    kernel = SimpleNamespace(get_parent=lambda: {"header": {"msg_id": "this cell"}})  # what such a widget then repeats

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        taking = (data or {}).get("state", {}).get("msg_id")
        if taking is not None:
            Shell.instance().divert(self.comm_id, bool(taking))


class Shell(NoPrograms):
    """IPython without a terminal, a history or a thread."""

    compiler_class = Type(Compiler)
    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def __init__(self, **kwargs) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        super().__init__(config=config, input_transformer_manager=Transformers(), **kwargs)
        self.cell = self.elsewhere = Recorder(0, 0)
        self.taking: set[str] = set()  # the Output widgets that take what is shown now
        self.loop = self.transformed = None
        self.awaits = None, False
        self.puts_off = False  # whether the next traceback may be made later
        self.put_off: list[tuple[dict, PutOff]] = []  # with its output
        self.db = {}  # what %cd and %bookmark note, in the place of files that no cell may write
        self.set_hook("show_in_pager", lambda *args, **kwargs: None)  # a notebook has no pager either

    @property
    def recorder(self) -> Recorder:
        """The recorder in use: the cell's, or one that is thrown away while an Output widget captures."""
        return self.elsewhere if self.taking else self.cell

    def shown(self) -> int:
        """How many outputs the cell has so far."""
        return self.cell.shown()

    def divert(self, widget: str, taking: bool) -> None:
        """Note that a widget begins or ends to capture outputs."""
        (self.taking.add if taking else self.taking.discard)(widget)

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):
        """What ``exit`` calls; the notebook goes on."""

    def _showtraceback(self, etype, evalue, stb):
        output = self.recorder.error(etype.__name__, str(evalue), stb)
        if output and isinstance(stb, PutOff):
            output["put_off"] = len(self.put_off)
            self.put_off.append((output, stb))

    def traceback(self, number: int) -> list[str]:
        """Make a traceback that was put off, by the number in its output; an empty one if that is not possible."""
        output, put_off = self.put_off[number]
        recorder = self.cell = Recorder(0, 0)
        try:
            frames = put_off.make()
        except Exception:  # noqa: BLE001 - as where memory is short: of others it may be
            frames = []
        return recorder.error(output["ename"], output["evalue"], frames)["traceback"]

    def _format_exception_for_storage(self, exception, *args, **kwargs):
        """IPython would make every traceback a second time, for a history that is not kept here."""
        return []

    def transform_cell(self, raw_cell: str) -> str:
        """Transform a cell into Python, once: IPython asks for it twice."""
        if self.transformed is None or self.transformed[0] != raw_cell:
            self.transformed = raw_cell, super().transform_cell(raw_cell)
        return self.transformed[1]

    def transform_ast(self, node: ast.Module) -> ast.Module:
        """Apply what cells have registered to change the trees of cells, which needs what stands in them."""
        looks_at_trees = self.ast_transformers or self.ast_node_interactivity != "last_expr"
        return super().transform_ast(as_written(node) if looks_at_trees else node)

    def should_run_async(self, raw_cell: str, *, transformed_cell=None, preprocessing_exc_tuple=None) -> bool:
        """Whether a cell awaits anything, worked out once: IPython compiles it for that, if it has a word for it."""
        if transformed_cell is not None and "await" not in transformed_cell and "async" not in transformed_cell:
            return False
        asked = transformed_cell, preprocessing_exc_tuple is None
        if self.awaits[0] != asked:
            self.awaits = (
                asked,
                super().should_run_async(
                    raw_cell, transformed_cell=transformed_cell, preprocessing_exc_tuple=preprocessing_exc_tuple
                ),
            )
        return self.awaits[1]

    def run(self, source: str, text: int, pictures: int, prepared: str = "", puts_off: bool = False) -> list[dict]:
        """Run a cell.

        Parameters
        ----------
        source : str
            Python with whatever IPython adds: ``%`` magics, ``await``.
        text, pictures : int
            Limits, as for Recorder.
        prepared : str
            What `plain_python.prepared` has made of the cell, if somebody has asked it.
        puts_off : bool
            Whether a traceback may be made later, if somebody wants it: then its output has a number, ``put_off``.

        Returns
        -------
        list of dict
            Its outputs.
        """
        if self.loop is None:  # its pipe belongs to this process, not to the one it was forked from
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
            sys.stdout, sys.stderr = Stream(self, "stdout"), Stream(self, "stderr")
        recorder = self.cell = Recorder(text, pictures)
        self.elsewhere = Recorder(0, 0)
        self.taking.clear()
        self.transformed = None  # the cell before this one may have changed how it is done
        self.puts_off = puts_off
        task = self.loop.create_task(self._run(source, prepared))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.loop.run_until_complete(task)
        except BaseException as error:  # noqa: BLE001 - an interrupted await, or a shell that the cell has broken
            task.cancel()
            recorder.error(type(error).__name__, str(error), [f"{type(error).__name__}: {error}"])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # between cells there is nothing to interrupt
        return recorder.finished()

    async def _run(self, source: str, prepared: str) -> None:
        """As ipykernel does it: a loop is running, and a cell that awaits joins it."""
        failed = None
        if prepared and isinstance(self.compile, Compiler):
            self.compile.learn(source, prepared)
        try:
            transformed = self.transform_cell(source)
        except Exception:  # noqa: BLE001 - run_cell reports it
            transformed, failed = source, sys.exc_info()
        if not self.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=failed):
            self.note_error(self.run_cell(source, store_history=True))
            return
        result = None
        try:
            result = await self.run_cell_async(
                source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=failed
            )
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        self.note_error(result)

    def note_error(self, result: ExecutionResult) -> None:
        """Record the exception that has ended the cell, if no traceback says so, as nbgrader does of Jupyter's kernel.

        IPython prints that of a group of exceptions, and a handler of the cell's own may show nothing.
        """
        error = result.error_in_exec if result.error_before_exec is None else result.error_before_exec
        name = type(error).__name__
        if error is not None and all(output.get("ename") != name[:LONGEST_NAME] for output in self.cell.outputs):
            self.cell.error(name, str(error), [f"{name}: {error}"])


def nobody_answers(name: str):
    """Make what replaces input(): it raises what Jupyter's kernel raises without a frontend."""

    def ask(*args, **kwargs):
        raise StdinNotImplementedError(f"{name} was called, but this frontend does not support input requests.")

    return ask


def make_shell() -> Shell:
    """Make the shell of this process, with all that a kernel puts in place."""
    builtins.input, getpass.getpass = nobody_answers("raw_input"), nobody_answers("getpass")
    comm.create_comm = Comm
    explain_refusals()
    copy_contents()
    shell = Shell.instance()
    put_off_where_wanted(shell)
    return shell
