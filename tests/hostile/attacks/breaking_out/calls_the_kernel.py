"""Makes system calls that notebooks have no use for: mount, namespaces, bpf, io_uring, userfaultfd, keys, modules.

shows: refused: mount
"""

UNUSED = {
    "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "mount_setattr": 442, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "add_key": 248, "request_key": 249,
    "keyctl": 250, "init_module": 175, "finit_module": 313, "delete_module": 176, "kexec_load": 246, "acct": 163,
    "swapon": 167, "swapoff": 168, "quotactl": 179, "sethostname": 170, "setdomainname": 171, "syslog": 103,
    "personality": 135, "modify_ldt": 154, "ioperm": 173, "iopl": 172, "lookup_dcookie": 212, "vhangup": 153,
    "open_by_handle_at": 304, "name_to_handle_at": 303, "fanotify_init": 300, "inotify_init1": 294, "memfd_create": 319,
    "memfd_secret": 447, "shmget": 29, "msgget": 68, "semget": 64, "mq_open": 240, "splice": 275, "tee": 276,
    "vmsplice": 278, "move_pages": 279, "migrate_pages": 256, "mbind": 237, "set_mempolicy": 238, "remap_file_pages": 216,
    "clock_settime": 227, "settimeofday": 164, "adjtimex": 159, "setsid": 112, "setpgid": 109, "rseq_slice": 471,
}  # fmt: skip
for name, number in UNUSED.items():
    if name not in target.harmful_when_allowed:
        system_call(name, number, -1, -1, -1, -1, -1)
