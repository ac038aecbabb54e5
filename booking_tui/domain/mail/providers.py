"""Domains that many people have an address at."""

from __future__ import annotations

_COMMON = """
gmail.com googlemail.com outlook.com hotmail.com yahoo.com icloud.com gmx.de web.de t-online.de gmx.net outlook.de
hotmail.de live.com yahoo.de freenet.de posteo.de mailbox.org aol.com me.com proton.me protonmail.com live.de gmx.at
gmx.ch gmx.com arcor.de hotmail.co.uk yahoo.co.uk live.co.uk outlook.fr hotmail.fr yahoo.fr msn.com ymail.com mac.com
aol.de bluewin.ch tutanota.com tutanota.de fastmail.com btinternet.com orange.fr wanadoo.fr laposte.net libero.it
comcast.net verizon.net example.com
"""
_OTHERS = """
1und1.de 126.com 163.com a1.net aon.at att.net bellsouth.net bigpond.com bk.ru centrum.cz charter.net cox.net duck.com
email.com email.de example.net example.org free.fr googlemail.de hetnet.nl hey.com hispeed.ch hushmail.com inbox.ru
interia.pl kabelmail.de kpnmail.nl list.ru magenta.de mail.com mail.de mail.ru mailbox.com naver.com ntlworld.com o2.pl
o2online.de onet.pl online.de optusnet.com.au planet.nl pm.me qq.com rocketmail.com rogers.com sbcglobal.net seznam.cz
sfr.fr shaw.ca sky.com skynet.be sunrise.ch telenet.be telia.com telus.net tuta.com tuta.io unitybox.de virginmedia.com
vodafone.de vodafonemail.de wp.pl xs4all.nl yandex.com yandex.ru ziggo.nl zoho.com
"""
_COUNTRIES = """
ae ai ar at au be bg br ca ch cl cn cz de dk ee es eu fi fr gr hk hr hu ie il in io is it jp kr li lt lu lv me mx nl no
nz pe pl pt ro rs ru se sg si sk tr tv tw ua uk us za
"""
_NO_SUCH = {
    "com": "c0m cim clm cmo coim cok com1 comcom comm como comn con conm coom copm cpm kom ocm vom xom",
    "de": "d dde dee deu dew dr dse ed",
    "net": "ent ner nett ney nrt nte",
    "org": "ogr orgg ort rog",
}

COMMON = tuple(_COMMON.split())
"""Those that may be meant, the most common first."""
KNOWN = frozenset((*COMMON, *_OTHERS.split()))
"""Those that are right as they stand; some differ by one letter from a common one."""
COUNTRIES = frozenset(_COUNTRIES.split())
"""Endings under which a provider's name is most likely its branch there: yahoo.se is no slip of yahoo.de."""
NO_SUCH_ENDING = {wrong: right for right, texts in _NO_SUCH.items() for wrong in texts.split()}
"""Endings that do not exist, and what they stand for."""
