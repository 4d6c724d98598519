"""Makes folders in folders, nine hundred deep, the last of which nobody may enter.

score: 12
says: cannot be measured: File name too long
"""

import time

for i in range(900):
    os.mkdir("d" * 50)
    os.chdir("d" * 50)
os.mkdir("locked", 0)
time.sleep(3)
