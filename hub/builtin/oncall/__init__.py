"""On-call schedules: who is on call when, hand-overs, ``oncall:`` addresses and ``/oncall``.

``wall`` and ``roster`` compute and know nothing of the hub; ``calendars`` and ``absence`` ask others; ``unfold`` is a
program of its own.
"""
