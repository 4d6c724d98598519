"""Leaves memory behind that outlives it: POSIX and System V shared memory, message queues, memfd.

shows: refused: shared memory
"""

from multiprocessing import shared_memory

attempt(
    "shared memory", lambda: shared_memory.SharedMemory(f"attack-{os.getpid()}", create=True, size=2**20).unlink() or 1
)
attempt("/dev/shm", lambda: os.remove(open(f"/dev/shm/attack-{os.getpid()}", "w").name) or "made")
system_call("shmget", 29, 0, 4096, 0o600)
system_call("semget", 64, 0, 1, 0o600)
system_call("memfd_create", 319, b"attack", 0)
system_call("mq_open", 240, b"no-such-queue", 0, 0, 0)
