"""A thin layer on redis-py for holdfast, the seat inventory engine.

`connect` is redis-py with the right options; `ask` sends one command until its answer is known; refusals are exceptions by
KIND; `feed`, `feeds`, `consume` and `LiveMap` listen without a gap; `Payments` is right about early, late and double reports.
The same with asyncio is in `holdfast.aio`.
"""

from . import errors
from .asking import PATIENCE_S, new_key, step_key
from .client import Holdfast, connect
from .errors import *  # noqa: F403
from .feed import consume, feed
from .feeds import EventChange, FeedsPosition, Gap, feeds
from .live_map import Area, LiveMap, MapChange, SeatStates
from .payments import Answer, Payments, answer_of
from .replies import Change, read_reply

__all__ = ["PATIENCE_S", "Answer", "Area", "Change", "EventChange", "FeedsPosition", "Gap", "Holdfast", "LiveMap", "MapChange",
           "Payments", "SeatStates", "answer_of", "connect", "consume", "feed", "feeds", "new_key", "read_reply", "step_key",
           *errors.__all__]
