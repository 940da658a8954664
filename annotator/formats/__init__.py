"""Files in and out. A format is one module, and one line in READERS, in WRITERS or in both."""
