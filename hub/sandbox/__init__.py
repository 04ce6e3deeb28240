"""An emulated Bitrix24 portal: a server of its own, on loopback, that misbehaves on request.

It imports nothing from the rest of the hub and answers what a cloud portal answers: the same methods, limits,
refusals and quirks. A browser page at ``/`` shows every employee's chat and lets a visitor write and click.

In a test::

    with Sandbox.running() as sandbox:                    # a free port, seeded people, limits off
        sandbox.url                                       # "http://127.0.0.1:41233"
        sandbox.webhook_url                               # "http://127.0.0.1:41233/rest/1/sandbox-secret/"

        # what people see
        sandbox.messages(dialog="27")                     # every stored Message of that dialog, oldest first
        sandbox.shown("27")                               # the same without deleted ones: what the chat shows
        sandbox.shown("chat1157")[-1].text, .attach, .keyboard, .buttons, .edited, .id, .uuid, .author_id
        sandbox.notifications(27)                         # the bell
        sandbox.wait_for(lambda: sandbox.shown("27"), timeout=5)   # woken by every change, returns the value

        # what people do; user ids are int, a message is a Message or its id
        sandbox.say(27, dialog=bot_id, text="/hub help")  # the person's own view: the dialog with the bot is its id
        sandbox.say(27, bot_id, "thanks", reply_to=message.id)
        sandbox.click(27, message, "Take")                # by label
        sandbox.open_chat(title, members=[1, 27, bot_id]) # -> "chat1201"; the first member owns it
        sandbox.read(27, dialog=bot_id)                   # marks it as read
        sandbox.change_person(31, active=False)           # somebody leaves
        sandbox.change_chat("chat1157", adders="owner")   # who may take others in: member, manager, owner

        # what was asked of the portal: one Call per request and one per command inside a batch
        sandbox.calls()                                   # all, oldest first
        sandbox.calls("imbot.v2.Chat.Message.send")       # names compare without regard to case
        call.method, call.params, call.status, call.error, call.warnings, call.in_batch, call.at
        sandbox.warnings()                                # what a real portal would have ignored in silence

        # what changes in the CRM and in tasks, by a person or (by=None) a robot; raises the portal's events
        lead = sandbox.add("lead", by=27, TITLE="Call back")
        sandbox.change("deal", 1201, by=31, STAGE_ID="C1:WON")
        sandbox.remove("task", 3701, by=1)
        sandbox.comment(3702, "Done?", by=17)

        # the local application: `GET /oauth/token/`, `POST /rest/{method}` with `auth`, `event.bind` and so on
        sandbox.application                               # {"portal": …, "client_id": …, "client_secret": …}
        sandbox.install_app(handler_url)                  # posts ONAPPINSTALL, returns the handler's answer
        sandbox.install_app(handler_url, framed=True)     # the frame's POST; no events before finish_install()
        sandbox.finish_install()                          # what BX24.installFinish() does
        sandbox.update_app(handler_url, new_token=True)   # ONAPPUPDATE; every subscription is gone
        sandbox.uninstall_app(handler_url)                # ONAPPUNINSTALL; tokens, handlers and bots are gone
        sandbox.authorize(user_id=1)                      # a code for grant_type=authorization_code
        sandbox.bindings()                                # [("ONCRMLEADADD", handler_url), …]
        sandbox.outgoing_webhook(url, token, ["ONCRMLEADADD"])   # made by hand, without an application

        # how events come; each is posted once and never again, whatever the answer
        sandbox.set_options(repeat_events=2)              # any field of Options, until reset()
        sandbox.set_options(reverse_events=True, merge_events=True)
        with sandbox.holding_events(): ...                # they wait, and then come reversed and merged
        sandbox.faults.fail(method="oauth/token", error="invalid_grant", status=400)   # also down, slow, lose

        # misfortune; rules can be narrowed with method=, dialog=, skip= (let n pass first), times=, probability=
        sandbox.faults.down()                             # close every connection; down(html=True): 502 with a page
        sandbox.faults.slow(2.0)                          # seconds before each answer
        sandbox.faults.fail_next(3, status=503, error="QUERY_LIMIT_EXCEEDED")
        sandbox.faults.fail(status=403, error="ACCESS_DENIED", dialog="31")     # until cleared
        sandbox.faults.lose_answers(1)                    # executes, then drops the connection
        sandbox.faults.crash_after_storing(1, linked=False)  # stored, templateId still reserved, no answer
        sandbox.faults.refuse_after_reserving(1)          # SENDING_FAILED, and the key stays reserved for an hour
        sandbox.faults.revoke_webhook()                   # 401 INVALID_CREDENTIALS, or error="expired_token"
        sandbox.faults.rename_portal("http://localhost:41233")   # 302 for requests to the old host
        sandbox.faults.answer_html(1)                     # 200 with a page instead of JSON
        sandbox.faults.clear()

        # limits and time
        sandbox.limits.rate(per_second=2, burst=50)       # leaky bucket; rate(None) switches it off
        sandbox.limits.operating(seconds=480)             # per method and 10 minutes; operating(None) switches it off
        sandbox.limits.duration("crm.deal.list", 0.2)        # seconds each command really takes
        sandbox.limits.cost("crm.deal.list", 200)         # seconds counted against the budget without waiting
        sandbox.clock.advance(3600)                       # seconds; limits, keys, edit windows and dates follow

``Sandbox.running(port=0, secret=…, state_file=…, scopes=…, rate=…, burst=…, operating=…)`` takes the same settings
as :class:`Options`; with ``state_file`` a restart, even after ``kill -9``, finds messages and ``templateId`` keys
again.
:func:`run` is the command-line form: it prints the addresses and serves until interrupted.
Tests in another process use the JSON API under ``/sandbox/api/`` (see :mod:`hub.sandbox.api`).
"""

from hub.sandbox.calls import Call
from hub.sandbox.clock import Clock
from hub.sandbox.faults import Fault, Faults
from hub.sandbox.limits import Limits
from hub.sandbox.model import Message, Notification
from hub.sandbox.options import Options
from hub.sandbox.sandbox import Sandbox
from hub.sandbox.server import run

__all__ = [
    "Call",
    "Clock",
    "Fault",
    "Faults",
    "Limits",
    "Message",
    "Notification",
    "Options",
    "Sandbox",
    "run",
]
