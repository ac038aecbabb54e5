"""The cast of every simulated story: a practitioner, what can be booked, and the people who book. All invented."""

from __future__ import annotations

from booking_tui.sandbox.calcom.model import EventType, Host, Person, Place, Question

OLD_SECRET = "the-one-used-until-last-winter"  # noqa: S105 (an invented one, to sign wrongly with)
"""What signs when a story wants a webhook that was forgotten while the secret was rotated."""

ROOM = "Room 3, 12 Linden Row"
OTHER_ROOM = "Garden room, 12 Linden Row"

THERAPY = EventType(4101, "therapy-50", "Therapy session", 50, Place("address", ROOM), "Fifty minutes in the practice.")
ONLINE = EventType(4102, "therapy-online", "Online session", 50, Place("video"), "Fifty minutes by video call.")
FIRST_TALK = EventType(
    4103,
    "first-talk",
    "First talk",
    25,
    Place("phone", "+1 555 0100"),
    "A free call to see whether we fit.",
    needs_confirmation=True,
    questions=(
        Question("what-brings-you", "What brings you here?"),
        Question("heard-of-me", "How did you hear about me?"),
    ),
    block_when_pending=True,
)
GROUP = EventType(4104, "evening-group", "Evening group", 90, Place("address", OTHER_ROOM), seats=7)
SUPERVISION = EventType(
    4105, "supervision", "Supervision", 50, Place("video"), "For colleagues.", price_minor=9500, block_when_pending=True
)
EVENT_TYPES = (THERAPY, ONLINE, FIRST_TALK, GROUP, SUPERVISION)


def practitioner(zone: str) -> Host:
    """Give the practitioner, at home in that zone."""
    return Host(7301, "Dr. Robin Vale", "robin.vale@example.com", "robin-vale", zone)


# Name, e-mail name, zone (empty: the practice's own), language.
_PEOPLE = (
    ("Amara Okafor", "amara.okafor", "", "en"),
    ("Jonas Lindqvist", "jonas.lindqvist", "", "sv"),
    ("Mei-Ling Zhao", "meiling.zhao", "", "en"),
    ("Tomás Herrera", "tomas.herrera", "", "es"),
    ("Zofia Kamińska", "zofia.kaminska", "", "pl"),
    ("Elif Yıldız", "elif.yildiz", "", "tr"),
    ("Liam O'Rourke", "liam.orourke", "Europe/Dublin", "en"),
    ("Noor van Dalen", "noor.vandalen", "", "nl"),
    ("Søren Bakkegaard", "soren.bakkegaard", "", "da"),
    ("Priya Raghunathan", "priya.raghunathan", "Asia/Kolkata", "en"),
    ("Matteo Bellandi", "matteo.bellandi", "", "it"),
    ("Hanna Virtamo", "hanna.virtamo", "Europe/Helsinki", "fi"),
    ("Kwame Asante-Boateng", "kwame.ab", "", "en"),
    ("Mafalda Carvalhosa", "mafalda.carvalhosa", "Europe/Lisbon", "pt"),
    ("Oskar Brandl", "oskar.brandl", "", "de"),
    ("Yuki Morishita", "yuki.morishita", "Asia/Tokyo", "ja"),
    ("Delphine Aubertin", "delphine.aubertin", "", "fr"),
    ("Rafael Monteiro-Sá", "rafael.monteiro", "America/Sao_Paulo", "pt"),
    ("Grace Hollander", "grace.hollander", "America/New_York", "en"),
    ("Farid Mansouri", "farid.mansouri", "", "fr"),
    ("Katarzyna Wrona", "kasia.wrona", "", "pl"),
    ("Ben Achterberg", "ben.achterberg", "", "nl"),
    ("Leila Haddadi", "leila.haddadi", "", "en"),
    ("Viktor Hrubý", "viktor.hruby", "", "cs"),
    ("Aoife Brennigan", "aoife.brennigan", "Europe/Dublin", "en"),
    ("Samuel Nkemelu", "samuel.nkemelu", "Africa/Lagos", "en"),
    ("Chiara Fontanella", "chiara.fontanella", "", "it"),
    ("Dmytro Shevchuk-Lis", "dmytro.sl", "Europe/Kyiv", "uk"),
    ("Rosa Almendros", "rosa.almendros", "", "es"),
    ("Pavel Novotný", "pavel.novotny", "", "cs"),
    ("Ingrid Sæther", "ingrid.saether", "Europe/Oslo", "no"),
    ("Thabo Molefane", "thabo.molefane", "Africa/Johannesburg", "en"),
    ("Nadia Petrescu", "nadia.petrescu", "Europe/Bucharest", "ro"),
    ("Emil Kristoffersen", "emil.k", "", "da"),
    ("Wren Castellan", "wren.castellan", "America/Los_Angeles", "en"),
    ("Björk Einarsdóttir", "bjork.einars", "Atlantic/Reykjavik", "is"),
    ("Ravi Sundaresan", "ravi.sundaresan", "Asia/Kolkata", "en"),
    ("Camille Lestrange", "camille.lestrange", "", "fr"),
    ("Otto Fährmann", "otto.faehrmann", "", "de"),
    ("Marisol Quintero", "marisol.quintero", "America/Mexico_City", "es"),
    ("Freya Whitcombe", "freya.whitcombe", "Europe/London", "en"),
    ("Davit Gelashvili", "davit.gelashvili", "Asia/Tbilisi", "en"),
    ("Selma Aaltonen", "selma.aaltonen", "", "fi"),
    ("Hugo Vandermeer", "hugo.vandermeer", "", "nl"),
)


def people(zone: str) -> tuple[Person, ...]:
    """Give the forty-four people who book; those without a zone of their own live in the practice's."""
    return tuple(
        Person(name, f"{local}@example.com", home or zone, locale, f"+1 555 01{number:02d}" if number % 3 else None)
        for number, (name, local, home, locale) in enumerate(_PEOPLE)
    )


CANCEL_REASONS = (
    "My daughter has a fever, I have to stay at home.",
    "Caught a cold, I'd rather not bring it along.",
    "Work trip came up at short notice, sorry!",
    "The trains are on strike again.",
    "I need a break this week.",
    "",
    "Double-booked myself with the dentist.",
)
MOVE_REASONS = (
    "My shift was changed.",
    "Can we make it later in the week?",
    "School closes early that day.",
    "A meeting landed on top of it.",
    None,
)
DECLINE_REASONS = (
    "I have no free place for new clients this month, I am sorry.",
    "This sounds like something for a specialist; I will send you two names.",
)
ASK_AGAIN_TEXTS = (
    "The heating in the practice is broken that day.",
    "I have to be in court as an expert that morning.",
)
GUEST_NOTES = (
    "I may be five minutes late, coming straight from work.",
    "Could we talk about the letter for my insurance?",
    "The bell did not work last time, I'll knock.",
    "Please call me on my mobile if anything changes.",
    "I'd like to go on with what we started last time.",
    "Is there a place to leave a bicycle?",
)
WHAT_BRINGS = (
    "I sleep badly since I changed jobs.",
    "We separated in spring and I feel stuck.",
    "Panic on trains, for about a year now.",
    "I'd like to learn how to say no.",
    "My doctor suggested that I talk to somebody.",
    "Grief. My father died in March.",
)
HEARD_OF = ("From a friend", "Search on the web", "My doctor", "The list of my insurance")
