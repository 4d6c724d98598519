r"""Enters the kernel by the doors of other architectures, int 0x80 and x32 numbers, past a filter made for one.

score: 12
says: it crashed \(SIGSYS\)
"""

import mmap

CODE = bytes.fromhex("b8 14000000 cd80 c3")  # mov eax, 20 (getpid of the 32-bit table); int 0x80; ret
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(CODE)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
print("GOT THROUGH:", ctypes.CFUNCTYPE(ctypes.c_int)(address)())
