"""How common a word is as a given name and as a last name, by the US census.

The lists are in the package `names`. They never prove anything: they only tell which end of a name
is the last name, and when that is in doubt.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import takewhile

# Given names that have become common since the lists of the census were made (1990).
# Hardly anybody has them as a last name.
_GIVEN_NAMES = """
aaliyah aarav abby abigail abril addilyn addison addyson adeline adelyn adriel aidan aiden aileen
ainsley aisha aiyana alaina alana alani alaya alayna aleah alessandra alexa alexia alijah alina
alisha alissa alivia aliyah aliza alondra alyson alyssa amaia amani amara amaya amayah amelie amina
amira amiyah amya anahi anaya andi angelique aniya aniyah annabella annabelle annalise annika
ansley anya anylah aria ariah ariana arianna ariella arielle ariya armani aryan aryanna asa asher
ashlyn ashlynn aspen athena atticus aubree aubrie audriana aurora autumn ava avah averie aviana
axel axl ayaan ayden ayla aylin azalea azariah bailee baylee beau braden bradyn braeden brayan
brayden braydon braylen breanna breanne brecken brenden brenna brennan briana brianna briella
brielle bristol brittney brody brooklyn brooklynn bryce brycen brynlee brynn bryson caden cadence
caitlin caitlyn caleb callie calliope camden cameron camila camilla camryn carly carmella carmelo
cassidy celeste chandler charlee charleigh charlize chaya cheyanne cheyenne chloe ciara cielo
claire colby collin colt colton cora corbin corinne dahlia daisy dakota dallas damari damian damien
dania danica daniela daniella danna dante daphne dariel dashiell davion dawson dax daxton dayana
declan delaney delilah demetrius denali desiree destinee destiny devin devon dezmond diego
dominic dominik draven dulce dylan easton eden eduardo eli elian eliana elianna elias elijah elina
elisha eliza elle elliana ellie elliot eloise elora ember emely emerie emersyn emery emilia
emiliano emmalyn emmalynn emmett ender enzo esme esmeralda esteban estrella ethan evangeline
everleigh everly evie ezekiel ezequiel ezra fabian fatima felicity fernanda finn finnegan
finnley fiona freya frida gabriela gabriella gael gavin gemma gia giana giancarlo gianna gianni
giovanna giovanni giselle gracelyn gracie grady greyson griffin guadalupe gunner gwendolyn hadassah
hailee hailey haleigh haley halle hallie hana hanna harlee harleigh hayden haylee hayley heidi
hezekiah houston hugo ian ibrahim ila iliana imani immanuel ingrid ireland iris isabel isabela
isabella isabelle isaiah isaias isiah isis isla israel issac itzel ivanna ivy izabella izaiah jace
jacey jada jade jaden jadiel jadon jadyn jaelyn jaelynn jagger jaiden jaime jakayla jakob jalen
jaliyah jamal jameson jamir janelle janessa janiyah jared jase jasiah jaslene jaslyn jasmin jasmine
javier javon jax jaxen jaxon jaxson jaxton jaxtyn jaxx jayce jaycee jayceon jayda jaydan jayde
jayden jaydon jayla jaylah jaylee jayleen jaylen jaylin jaylynn jayson jaziel jazlyn jazmin jazmine
jazzlyn jemma jenna jeremiah jericho jermaine jessa jett jewel jimena joaquin joel joelle joelyn
jolie jonah jorge josiah josie josue journee journey jovanni judah jude juelz juliana julianna
julien juliet juliette julissa jupiter kade kaden kadence kai kaia kaidyn kailee kaileigh kailey
kailyn kairo kaitlin kaitlyn kaitlynn kaiya kaleb kali kaliyah kallie kamari kamden kamila kamiyah
kamren kamron kamryn kara karina karissa karlee karma karsyn karter kase kash kashton kassandra
kassidy kataleya katalina katelyn katelynn katrina kaya kayden kaydence kayla kaylee kayleigh
kaylie kaylin kaylynn kayson keagan keegan keira kelsey kelsie kendall kendra kendrick kenia kenna
kennedi kenya kenzie khaleesi khalid khalil khloe kian kiana kianna kiara kiera kiley kimora
kinslee kinsley kira kody kole kolton konnor kora korbin kourtney krish kristen kylan kyle kylee
kyleigh kylen kyler kylian kylie kylo kymani kyra kyree kyrie kyson laila lailah lana laney larkin
layla laylah layton lea leah leandro legend leia leighton leilani lena lennox leo leona leonel
leonidas lexi lexie lia liam liana lila lilah lilian liliana lillianna lilly lily lilyana lina
lisbeth liv livia lizbeth london londyn lorelai lorelei louisa luca lucas lucia luciana luciano
lucille lukas luke lyla lylah lyra lyric mabel maci macie mackenzie macy madalyn madeleine
madeline madelyn madelynn madilyn madilynn madison madisyn maeve magnolia maia maisie maison makai
makayla makenna makenzie malachi malakai malaysia maleah malia malik maliyah margot mariah mariam
mariana marianna marisol marlee marleigh marley marques mason mateo matias matteo matthias maverick
mavis maxim maxwell maya mayah mckayla mckenna mckinley meadow mekhi melany melina mia micaela
micah michaela mikaela mikayla mila milan milana milani milena miles millie milo mina mira miranda
miriam mohamed moises molly moriah myah myla mylah myles naomi natalia natalya nathalia nathalie
nathaniel nayeli nehemiah nevaeh nia nico nicolas niko nikolai nikolas noa noah noe noel noelle
nola noor nora norah nova novah nyla nylah oaklynn ocean odin oliver omari orion osiris owen paityn
paloma paola paris paulina payton penelope persephone peyton phoebe phoenix piper pranav presley
princess quincy quinn rachael raegan raelyn raelynn raiden rayan rayden rayna rayne reagan rebekah
reece reese reina remi remington renata rene reyna rhea rhett rhys ria rihanna riley river roman
romina rory rowan roxanna ruben rubi ruby ryann ryder ryker rylan ryland rylee ryleigh rylie saanvi
sabrina sadie saige salma salvador samara samir samiyah saniyah santiago santino saoirse sarai
sariah sasha savanna savannah scarlet scarlett sebastian selah selena selene semaj serena serenity
shania shayla shaylee shayna shiloh sienna sierra silas skye skyla skylar skyler sloan sloane sofia
solomon sophie soren stella sterling stormi sullivan summer sydney sylas sylvie tabitha talia
taliyah talon tamia tania tanner taryn tatiana tatum temperance tenley thaddeus thea theo theodora
tiana tiara titus tobias trace trenton trevon trey trinity tripp tristan tristen triston truett
tyree tyson uriah uriel urijah valentin valentina valeria valerie vanessa veronica vihaan violet
vivian viviana vivienne waylon westin willa willow wren wynter xander xavi xavier ximena yahir
yamileth yareli yaretzi yasmin yesenia yosef yusuf zahra zaid zaiden zainab zaire zander zane
zaniyah zara zariah zariyah zavier zaylee zayn zayne zeke zelda zion zoe zoey zoie zuri
"""
# Last names of many, too.
_FROM_LAST_NAMES = """
everett
alden anderson archer arlo ashby ashton atlas avery beckett bennett bentley blaine blakely bodhi
brady branson brantley braxton briar bridger briggs brooks cade carson carter
cash cassius cayden chance channing coleman colson conner connor cooper
crosby cruz curtis daley dalton davis dean denver dexter donovan dorian drake duke elliott ellis
ellison emerson emory finley fischer fletcher flynn ford forrest foster gage garrett
gatlin graham grant grayson grey hadley harlan harley harlow harper hayes henrik holden
hollis hudson hunter huntley huxley jackson kaiser keaton keller kendrix kennedy kensley killian
kingsley kingston kinley knox kobe lachlan lainey lance landen landon lane langston lawson
layne leland lennon lincoln lochlan logan louie lowell madden maddox magnus malcolm marlowe
marshall mathias mcarthur mckenzie merrick miller monroe morgan nash nixon noble nolan
osborn otis paisley palmer parker paxton pierce porter prescott preston prince quinton
ramsey reed reid remy ronan rowen royce russell salem samson sawyer scout sevyn shepard
sutton tate taylor teagan thatcher tinsley trent tucker tyler valentine vance vaughn wade
walker wallace walton warren watson wesley westley weston wilder wiley winston wyatt zayden
zeppelin ziggy
"""
NEWER_FROM_LAST_NAMES = frozenset(_FROM_LAST_NAMES.split())
NEWER_GIVEN_NAMES = frozenset(_GIVEN_NAMES.split())

RAREST = 0.001  # percent of the population: the 19,000 commonest last names; keeps memory small
UNLISTED = 0.0005
CLEARLY = 4  # times as common
HARDLY = 50
COMMON_GIVEN_NAME = 0.02
SELDOM = 40  # times as common
SHORTEST_MAC = 4  # letters
AS_NEWER = 0.01  # percent: how common a given name counts that the census has as a last name
LISTED_OFTEN = 0.003  # percent: given names that are new since the census are rarer


def given(word: str) -> float:
    """Returns the percentage of people with this given name, at least UNLISTED."""
    return max(_given_names().get(word, 0), UNLISTED)


def last(word: str) -> float:
    """Returns the percentage of people with this last name, at least UNLISTED."""
    return max(_last_names().get(word, 0), UNLISTED)


def is_unknown(word: str) -> bool:
    """Returns whether nobody has it as a given name or as a last name."""
    return max(last(word), given(word)) == UNLISTED


def is_listed(word: str) -> bool:
    """Returns whether it is a given name or a last name, however rare."""
    return word in _given_names() or word in _last_names() or word in _rarest_last_names()


def is_rather_last(word: str) -> bool:
    return last(word) > given(word)


def is_mostly_given(word: str) -> bool:
    return given(word) >= CLEARLY * last(word)


def is_common_given(word: str) -> bool:
    return is_mostly_given(word) and given(word) >= COMMON_GIVEN_NAME


def is_hardly_last(word: str) -> bool:
    """Returns whether hardly anybody has this common given name as a last name."""
    is_rare = last(word) == UNLISTED or given(word) > HARDLY * last(word)
    return is_common_given(word) and is_rare


def is_mostly_last(word: str) -> bool:
    return last(word) >= CLEARLY * given(word) and given(word) < COMMON_GIVEN_NAME


def is_last_only(word: str) -> bool:
    """Returns whether it is a last name, however rare, and not a given name."""
    is_last = word in _last_names() or word in _rarest_last_names()
    return is_last and word not in _given_names()


def is_family_name(word: str) -> bool:
    """Returns whether it is a last name that is not rare, and no given name at all."""
    return last(word) >= LISTED_OFTEN and word not in _given_names()


def is_seldom_given(word: str) -> bool:
    """Returns whether it is a last name that is not rare and hardly a given name: Johnson. Names
    like McGillicuddy are last names, whether the census has them or not."""
    is_mac = word.startswith("mc") and len(word) > SHORTEST_MAC and word not in _given_names()
    return is_family_name(word) or last(word) >= SELDOM * given(word) or is_mac


def completed(beginning: str, *, given_name: bool) -> str:
    """Returns the commonest given name or last name that starts like this; "" if none does. Last
    names that are common as given names don't count."""
    names = _given_names() if given_name else _last_names()
    found = [name for name in names if name.startswith(beginning)]
    if not given_name:
        found = [name for name in found if is_mostly_last(name)]
    return max(found, key=names.__getitem__, default="")


@cache
def _last_names() -> dict[str, float]:
    return _read("all.last")


@cache
def _given_names() -> dict[str, float]:
    men, women = _read("male.first"), _read("female.first")
    listed = {name: max(men.get(name, 0), women.get(name, 0)) for name in men | women}
    newer = dict.fromkeys(NEWER_GIVEN_NAMES, COMMON_GIVEN_NAME)
    newer |= dict.fromkeys(NEWER_FROM_LAST_NAMES, AS_NEWER)
    return {name: max(listed.get(name, 0), newer.get(name, 0)) for name in listed | newer}


@cache
def _rarest_last_names() -> frozenset[str]:
    return frozenset(name for name, percent in _rows("all.last") if percent < RAREST)


def _read(which: str) -> dict[str, float]:
    # The commonest names come first.
    return dict(takewhile(lambda row: row[1] >= RAREST, _rows(which)))


def _rows(which: str) -> Iterator[tuple[str, float]]:
    with (files("names") / f"dist.{which}").open(encoding="ascii") as lines:
        for name, percent, *_ in map(str.split, lines):
            yield name.lower(), float(percent)
