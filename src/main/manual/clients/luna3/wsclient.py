"""The part of luna3.sender.wsclient that programs use, if luna3 is not available.  pip install websockets  (13 or later)"""

import re
from urllib.parse import quote

from websockets.sync.client import connect


class LunaWSClient:
    def __init__(self, origin, api=2, accountId=None):
        self.baseUri = f"{origin.replace('http', 'ws', 1)}/{api}/ws"
        self.headers = {"Luna-Account-Id": accountId}

    def connect(self, **filters):
        """A connection, for `with`. A filter has a value or a list; age__gte may be written ageGte."""
        query = "&".join(f"{_name(name)}={_values(value)}" for name, value in filters.items() if value is not None)
        return connect(f"{self.baseUri}?{query}", additional_headers=self.headers, max_size=2**21, compression=None)


def _name(name):
    """ageGte -> age__gte, handlerIds -> handler_ids"""
    snake = re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), name)
    return re.sub("(?<!_)_(gte|lt)$", r"__\1", snake)


def _values(value):
    # A plain comma separates values, so a comma inside a value is %2C.
    values = value if isinstance(value, (list, tuple)) else [value]
    return ",".join(quote(str(each), safe="") for each in values)
