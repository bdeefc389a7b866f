"""python3 may_block.py ADDRESS NETWORK…: exits with 1 when the address must not be blocked."""

import ipaddress
import sys

address = ipaddress.ip_address(sys.argv[1])
mapped = getattr(address, 'ipv4_mapped', None)
if mapped is not None:
    address = mapped
special = ('is_loopback', 'is_link_local', 'is_multicast', 'is_unspecified', 'is_reserved')
for name in special:
    if getattr(address, name):
        sys.exit(f'{address} {name.replace("_", " ")}: never blocked')
for text in sys.argv[2:]:
    network = ipaddress.ip_network(text)
    if address in network:
        sys.exit(f'{address} is in {network}, which is never blocked')
