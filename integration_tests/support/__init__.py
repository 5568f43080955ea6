"""What the Python tests share: the server under test, the form on the wire, small scenes.

Only the standard library is used here, so that a test which needs no images runs with any python3.
"""
