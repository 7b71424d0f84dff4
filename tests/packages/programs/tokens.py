"""What a token may not do, and one that is not valid, have their classes; a viewer has the live map. Over TLS."""

import sys

import holdfast

address, ca, viewer = sys.argv[1:]


def connect(token):
    return holdfast.connect(f"rediss://:{token}@{address}", ssl_ca_certs=ca, timeout=60)


for token, words in (("hft_" + "0" * 64, ("EVENT", "INFO", "hall")), (viewer, ("HOLD", "hall", "k", "ann", 0, "BEST", 1))):
    try:
        connect(token).ask(*words, within=0)
    except holdfast.Refused as no:
        print(type(no).__name__, no.kind, no.code)
print(len(next(holdfast.LiveMap(connect(viewer), "hall").changes()).seats))
try:
    next(holdfast.LiveMap(connect(viewer), "nothing").changes())
except holdfast.NoEvent as no:
    print(no.code)
