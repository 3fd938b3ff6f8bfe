"""Facts that people tell, questions for them in other words, and talk of other things between."""

from __future__ import annotations

import random
from collections.abc import Iterator

# A fact, a question that shares a name with it and little else, and what its answer holds. The thresholds of
# `core/agent/past/exchanges.fit` were chosen on these.
FACTS = (
    ("The Nimbus gateway listens on 8443.", "Which port do I have to open for Nimbus?", "8443"),
    ("By the way, Petra Lindqvist looks after Orion.", "Who is responsible for Orion?", "Petra"),
    ("We decided to keep invoices for eleven years.", "For how long must invoices be retained?", "eleven"),
    ("Don't touch legacy_tax.py, it is replaced in March.", "May I edit legacy_tax.py?", "March"),
    ("Our staging database is called heron.", "What is the name of the staging DB?", "heron"),
    ("The customer Halvorsen wants dates as day/month.", "How does Halvorsen like dates to look?", "day/month"),
    ("Always round half to even in the Pelican module.", "What rounding does Pelican need?", "half to even"),
    ("The API key for Quasar rotates every nine days.", "When does Quasar get a new key?", "nine days"),
    ("I am allergic to singletons, use plain functions instead.", "What do I think of singletons?", "plain functions"),
    ("Tickets of type Zebra go to the Lisbon team.", "Where are Zebra tickets sent?", "Lisbon"),
    ("Mistral deploys happen on Thursdays.", "On what day is Mistral rolled out?", "Thursday"),
    ("The Falcon importer takes at most 512 rows at once.", "What is the batch size of Falcon?", "512"),
    ("Customers with more than 40 orders count as Platinum.", "What makes somebody Platinum?", "40"),
    ("We log in Zurich time, not UTC.", "Is Zurich relevant to our timestamps?", "Zurich"),
    ("The retry limit of courier_client is 6.", "How often does courier_client try?", "6"),
    ("The password policy of Kestrel asks for 14 characters.", "How long must a Kestrel password be?", "14"),
    ("Marigold is the code name of the loyalty programme.", "What was Marigold?", "loyalty"),
    ("The Tundra cache is cleared with make thaw.", "How do I empty the Tundra cache?", "make thaw"),
    ("Yolanda reviews all SQL before it is merged.", "Is there anybody I should show SQL to?", "Yolanda"),
    ("The oldest Python that we support on Basalt is 3.9.", "Which Python runs on Basalt?", "3.9"),
)
# Written afterwards, and nothing was changed for them.
HELD_OUT = (
    ("Our linter config lives in tooling/strict.toml.", "Where is the config of the linter?", "tooling/strict.toml"),
    ("The Condor exporter must never emit tabs.", "What should Condor's output not contain?", "tabs"),
    ("Ingrid signs off releases.", "I need Ingrid, what was that about?", "releases"),
    ("Sandpiper talks to the warehouse over AMQP.", "Which protocol does Sandpiper speak?", "AMQP"),
    ("Freight costs above 900 need a second signature.", "When do freight costs need two people?", "900"),
    ("The word for a refund in our code is reversal.", "How do we spell a refund in code?", "reversal"),
    ("OBELISK_TOKEN comes from the vault, not from the environment.", "Where do I get OBELISK_TOKEN?", "vault"),
    ("The Juniper index is rebuilt at 04:30.", "At what time is Juniper rebuilt?", "04:30"),
    ("Use tabs in Makefiles and four spaces in YAML here.", "How do I indent YAML?", "four spaces"),
    ("The Osprey queue drops messages after two hours.", "How long do messages live in Osprey?", "two hours"),
    ("Anything about GDPR goes to Hendrik.", "Whom do I ask about GDPR?", "Hendrik"),
    ("The test user in Lagoon is called mira.", "With which account do I log in to Lagoon?", "mira"),
    ("Gantry v2 has no pagination.", "Can I page through Gantry v2?", "no pagination"),
    ("We measure weight in grams in parcel.py.", "What unit does parcel.py have?", "grams"),
    ("The Vesper job may take 20 minutes.", "Is it normal that Vesper is slow?", "20 minutes"),
    ("Discount codes are case-insensitive.", "Does upper case matter in discount codes?", "insensitive"),
    ("Branches begin with the ticket, such as SHOP-12.", "How do I name branches?", "SHOP-12"),
    ("The Larkspur webhook signs with ed25519.", "What signature has the webhook of Larkspur?", "ed25519"),
    ("Tobias is on leave until May.", "Can I reach Tobias?", "May"),
    ("Coupons of Heliotrope can't be combined.", "Do Heliotrope coupons add up?", "combined"),
)
# About nothing that was said.
CONTROLS = (
    "How do I centre a box with flexbox?",
    "Write a haiku about the sea.",
    "What is the capital of Mongolia?",
    "Explain monads to me.",
    "How does a B-tree split its nodes?",
    "Thanks, that is great!",
    "Hello!",
    "Can you do that again, please?",
    "What is the difference between TCP and UDP?",
    "How do I undo a commit in git?",
)

_VERBS = ("Look at", "Rename", "Explain", "Split", "Test", "Simplify", "Move", "Document", "Delete", "Speed up")
_THINGS = (
    "the cart total",
    "the login form",
    "the price parser",
    "the order list",
    "the shipping label",
    "the search box",
    "the product page",
    "the stock counter",
    "the e-mail template",
    "the address check",
    "the report",
    "the menu",
)
_TAILS = (
    "it fails when the list is empty.",
    "the tests for it are slow.",
    "I don't understand the loop in it.",
    "it should return None there.",
    "there is a type error in line {n}.",
    "the customer database has {n} rows of it.",
    "the log shows {n} warnings since the last deploy.",
    "its cache isn't needed any more.",
    "a user has asked for it on Monday.",
    "the API answers {n} for it.",
)


def fillers(count: int) -> Iterator[str]:
    """What is said between, always the same."""
    chance = random.Random(28)
    for _ in range(count):
        tail = chance.choice(_TAILS).format(n=chance.randint(2, 999))
        yield f"{chance.choice(_VERBS)} {chance.choice(_THINGS)}: {tail}"
