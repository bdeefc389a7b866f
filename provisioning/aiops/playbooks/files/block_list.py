"""python3 block_list.py FILE FORMAT SECONDS [ADDRESS]: keeps a list of blocked addresses with the time each ends.

Removes those whose time is over; with an address, adds it or makes its time longer. FORMAT has %s for the address,
such as "deny %s;" of nginx. Prints what changed, nothing when nothing did.
"""

import fcntl
import os
import re
import sys
import time

path, line_format, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
address = sys.argv[4] if len(sys.argv) > 4 else None
now = int(time.time())
until_mark = re.compile(r'^(?P<line>.*) # (?P<address>\S+) until (?P<until>\d+)$')

with open(path + '.lock', 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with open(path) as file:
            before = file.read().splitlines()
    except FileNotFoundError:
        before = []
    kept, said, known_until = [], [], 0
    for line in before:
        match = until_mark.match(line)
        if match is None:
            kept.append(line)  # not ours
        elif int(match['until']) <= now:
            said.append(f"removed {match['address']}")
        elif match['address'] == address:
            known_until = int(match['until'])
        else:
            kept.append(line)
    if address is not None:
        until = max(known_until, now + seconds)
        # A second run of the same block moves its end by less than a minute: that is no change.
        if until - known_until < 60 and known_until > now:
            until = known_until
        else:
            said.append(f'added {address}')
        kept.append(f'{line_format.replace("%s", address)} # {address} until {until}')
    if said:
        with open(path + '.new', 'w') as file:
            file.write(''.join(line + '\n' for line in kept))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(path + '.new', 0o644)
        os.replace(path + '.new', path)
        print('\n'.join(said))
