"""Given names that have become common since the lists of the census were made (1990)."""

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
