"""One flag that tells every open stream of this process that the server is stopping.

A page keeps an event stream open for as long as it is shown, so a server that waited for its
requests to end would never stop. Whoever holds a request open waits on `stopping` instead of
sleeping: `stopping.wait(seconds)` returns True as soon as it is time to end.
"""

from threading import Event

stopping = Event()
