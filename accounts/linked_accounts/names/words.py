"""The words in names of a CIS that are no part of a person's name, or part of a business name."""

LEGAL_FORMS = {"llc", "llp", "inc", "incorporated", "corp", "corporation", "company", "ltd"}
LEGAL_FORMS |= {"limited", "pllc", "dba", "lllp", "pllp", "gmbh", "pty", "plc"}
# Also names of people and families: left out only if two words remain.
AMBIGUOUS_FORMS = {"co", "lp", "pc", "trust"}
NEVER_LAST_NAMES = {"lp", "pc"}
FORMS_OF_PRACTICES = {"pa", "ps", "sc"}  # of businesses; also syllables of names
# Never part of a name, and so not proof of one.
_STATUS_WORDS = """
account administrator administratrix agent aka attention attn bankrupt bankruptcy beneficiary child
children closed conservator cosigner cotrustee cotrustees custodian customer dec deceased deceasd
decd decedent dtd etal etux etvir exec executor executors executrix fka former grantor grantors
guarantor guardian heir heirs homeowner honorable husband inactive jt jtros jtrs jtten
jtwros landlord lessee lessees lessor lessors manager minor moved na new nka none null occ occup
occupant occupants owner owners
poa prev previous rental renter renters resident residents seasonal settlor spouse successor
survivor survivors tbe ten tenant tenants tencom tic tr trs trst trste trustee trustees tte ttee
ttees uad unknown uta utd vacant widow widower wife wros
capt cmdr col dr gen hon lt maj miss mr mrs ms mx prof professor pvt rev reverend sgt sir sra srta
ii iii iv jr sr
cpa dc dds dmd dvm edd esq esquire jd lpn md pe phd pharmd rn
acct arrendataria arrendatario assignee assignees attorney atty builder buyer buyers caretaker
contact cust decesed devisee devisees divorced fallecida fallecido final foreclosure inquilina
inquilino landlady landld legatee legatees lienholder lndlrd married mortgagee mortgagor others
payee per pod probate propietaria propietario purchaser realtor receiver relative remainderman rep
reps representative retired roommate signer temporary tenent tennants tennet third tod treasurer
truste trustor trstee ugma unmarried utma vda vendee viuda viudo widowed woman
fnu lnu test unassigned
"""
STATUS_WORDS = set(_STATUS_WORDS.split())
# The same, but also last names of a few: left out only after another last name.
_RARE_LAST_NAMES = """
alderman bill billing broker captain common cousin daughters deacon doctor driver farmer
foreman friend guest house housekeeper judge junior lawyer living man mayor members neighbor
nephew niece nurse officer painter parent parents pastor payer payor pers pod president second
seller sellers senior sheriff
single sons spanish temp tennant tennent ward well
gerente madre padre
"""
# Also of women, with -a.
_SPANISH_WORDS = """
abuelo casado difunto dueno encargado hermano hijo maestro mayordomo primo sobrino soltero vecino
"""
RARE_LAST_NAMES = {*_RARE_LAST_NAMES.split(), *_SPANISH_WORDS.split()}
RARE_LAST_NAMES |= {f"{word[:-1]}a" for word in _SPANISH_WORDS.split()}
# Before a last name, and part of it.
PARTICLES = {"de", "del", "la", "las", "los", "da", "das", "do", "dos", "di", "du", "le", "y"}
PARTICLES |= {"van", "von", "der", "den", "ter", "ten", "el", "al", "bin", "ibn", "ben", "st"}
PARTICLES |= {"san", "af", "av", "abu", "dei", "dela", "della", "delle", "delos", "des", "op"}
PARTICLES |= {"vande", "vanden", "vander", "ver", "zu", "zum", "zur"}
# Before a given name, the father's: Ben Ami.
SON_OF = {"ben", "bin", "ibn", "abu"}
# Given names with particles: María de los Ángeles.
MARIAN = {"maria", "ma"}
# Written apart by some systems: O Brien, Mc Donald. Not proof either.
PREFIXES = {"o", "d", "l", "mc", "mac", "fitz", "saint", "sainte", "santa", "ste"}
# Particles of some people, last names or given names of others: le Blanc, but Le Minh.
OFTEN_NAMES = {"le", "do", "van", "la", "san", "al", "ben", "den", "di", "da", "dela", "della"}
GIVEN_NAMES_TOO = {"ben", "des"}
LAST_NAMES_TOO = {"le", "do"}
_VIETNAMESE_LAST_NAMES = """
bui cao chau dang dao dinh do doan duong ha ho hoang huynh kieu lam le luong luu ly mai nghiem ngo
nguyen pham phan phung quach ta tang thach thai to ton tong tran trinh truong vo vu vuong
"""
VIETNAMESE_LAST_NAMES = set(_VIETNAMESE_LAST_NAMES.split())
VIETNAMESE_MIDDLE_NAMES = {"thi", "van", "huu", "duc", "ngoc", "minh", "thanh", "quoc", "hong"}
VIETNAMESE_MIDDLE_NAMES |= {"xuan", "dinh", "kim", "thu", "hoang", "phuong", "quang", "cong", "anh"}
VIETNAMESE_MIDDLE_NAMES |= {"bich", "dieu", "gia", "khanh", "nhat", "nhu", "thuy", "trong"}
VIETNAMESE_MIDDLE_NAMES |= {"tuan", "tuyet", "viet"}
FAMILY = {"family", "household"}
NO_NAME = STATUS_WORDS | LEGAL_FORMS | AMBIGUOUS_FORMS | FAMILY
NO_NAME |= {"current", "est", "estate", "estateof", "careof", "and", "the", "of", "vir"}
# Whole names that say that an account is nobody's yet, squeezed.
_NOBODYS = """
bankowned bankrepo cityowned countyowned currenttaxpayer donotuse foreclosed foreclosure forlease
forrent forsale homeowner homeowners hudowned modelhome noname nonamegiven notavailable
ownerofrecord propertyowner propertyowners sheriffsale spechome spechouse taxpayer taxpayers taxsale
tbd tobedetermined underconstruction vacanthouse vacantlot vacantproperty vacantunit xxx zzz
"""
NOBODYS = set(_NOBODYS.split())
FEWEST_LETTERS = 3
# What a trust adds to the name of a person or family.
OF_TRUSTS = FAMILY | {"the", "living", "revocable", "irrevocable", "rev", "irrev", "trust"}
OF_TRUSTS |= {"revoc", "liv", "fam", "tr", "loving", "joint", "testamentary", "inter", "vivos"}
OF_TRUSTS |= {"charitable", "marital", "qualified", "residence", "bypass", "dynasty", "insurance"}

# The commonest Spanish and Portuguese last names: people have two, and go by either. Other last
# names are also middle names. All names in -ez count as well.
_IBERIAN_LAST_NAMES = """
acosta acuna aguilar aguilera aguirre alfaro almeida alvarado amaya andrade aponte aquino aragon
arce arellano arroyo arteaga avalos avila ayala baca barajas barbosa barragan barrera barrios
batista becerra beltran bonilla botello bravo bustamante caballero cabrera calderon camacho
camarena campos cantu cardenas cardoso carmona carranza carrasco carrillo castaneda castellanos
castillo castro cazares ceballos cervantes cisneros colon contreras cordero cordova corona coronado
correa costa cruz cuevas davila delacruz delarosa deleon delgado diaz duarte duran elizondo enciso
enriquez escobar escobedo espinosa espinoza esquivel estrada farias feliciano ferreira fierro
figueroa flores fonseca franco fuentes galindo gallardo gallegos galvan gamboa garay garcia garza
godoy gomes gonzales granados guajardo guerra guerrero guevara guillen gutierrez guzman haro
heredia herrera hidalgo hinojosa huerta hurtado ibarra jaimes jaramillo jasso juarez lara ledesma
leyva lima lira lozano lucero lugo luna macias madrigal maldonado marin marroquin mata matos
mayorga medeiros medina medrano mejia melgar melo mena mendes mendoza mercado meza miranda molina
monroy montalvo montano montenegro montes montoya mora morales moreira moreno mosqueda munoz
murillo najera nava navarrete navarro negron nieto nieves nogueira noriega novoa ocampo ocasio
ochoa ojeda olivares olivas oliveira olivera orellana orozco orta ortega ortiz osorio otero ozuna
pacheco padilla pagan palacios palma paredes parra patino paz pedraza pena peralta pereira pineda
pinto plascencia ponce portillo prado puente pulido quezada quinones quintana quintero quiroz ramos
rangel recinos renteria reyes ribeiro rico rincon rios rivas rivera robledo robles rocha rojas
roldan romero rosado rosales rosas rubio rueda ruelas ruiz saavedra saenz salas salazar salcedo
saldana salgado salinas samaniego sandoval santana santos segura sepulveda serna serrano sierra
silva soares solis sosa sotelo soto souza talavera tapia tejada tejeda tellez teran terrazas tirado
toledo toro torres tovar trejo trevino trujillo urbina uribe valadez valdes valdivia valencia
valenzuela valle vallejo varela vargas vega vela velasco vera vergara vidal vieira viera vigil
villa villalobos villanueva villarreal villegas yanez zamora zapata zarate zavala zepeda zuniga
alves amaral araujo azevedo barros bettencourt borges brito cabral carvalho coelho correia coutinho
couto cunha dias esteves faria fernandes figueiredo freitas furtado goncalves gouveia guimaraes
lopes macedo machado magalhaes marques martins mendonca moniz monteiro moura nascimento neves nunes
paiva pimentel pires raposo reis resende rodrigues simoes sousa tavares teixeira vasconcelos vaz
"""
IBERIAN_LAST_NAMES = set(_IBERIAN_LAST_NAMES.split())

# A name with one of these words or its plural is a business name.
_WORDS_OF_BUSINESSES = """
academy administration agency apartment apts assn assoc associate association auto autobody
automotive bakery bank bar barbershop bbq beauty bistro board boutique brewery bros brother building
business cafe campus car care catering center centre chapel charity child childcare church cinema
city cleaner cleaning clinic club coffee college commission committee community condo condominium
conservancy construction consulting contractor coop cooperative council county credit dairy daycare
deli dental dentistry department depot dept development diner district electric electronics
elementary energy engineering enterprise equipment estate express fabrication factory farm federal
fellowship financial firm fitness florist food foundation fuel funeral furniture gallery garage gas
grill grocery group gym hair hardware health healthcare heating heritage hoa holding home homeowner
hospital hotel housing inn institute insurance international intl investment isd jewelry kitchen
laboratory labs landscaping laundromat laundry law library liquor lodge logistics lounge lumber
machine mall management manufacturing market mart medical memorial mfg mgmt mini ministry mobile
mortgage mosque motel motor municipal museum nail national nursery nursing office optical
organization owner parish partner partnership payroll pharmacy phase photography pizza pizzeria
plaza plumbing preschool printing production products project property pub public radio realty
recreation rental repair residence resort restaurant retail roofing salon saloon school security
self service shop shopping society solution spa sport station storage store studio supermarket
supply surgery svc synagogue system tavern taxi technology temple theater theatre tire title tool
township trading trailer training transport travel trucking union university usa usd utilities
utility veterinary village warehouse water wholesale workshop
carniceria iglesia lavanderia mercado panaderia peluqueria restaurante taller taqueria tienda sons
the of for
"""
_SINGULAR = set(_WORDS_OF_BUSINESSES.split())
_PLURAL = {word.removesuffix("y") + "ies" for word in _SINGULAR if word.endswith("y")}
_PLURAL |= {f"{word}{ending}" for word in _SINGULAR for ending in ("s", "es")}
# At the end of a name, these tell a business as well. They are names too: Heron PTA, YMCA.
ENDS_OF_BUSINESSES = {"companies", "pta", "pto", "vfw", "ymca", "ywca"}
BUSINESS_OR_LAST_NAME = {"law", "laws", "self", "mercado", "childs", "kitchen", "kitchens"}
BUSINESS_OR_LAST_NAME |= {"title"}
# Daniel L. Church is a person, Grace Church is not.
BUSINESS_UNLESS_INITIAL = {"church", "parish", "temple"}
NAMES_OF_CHURCHES = {"grace", "faith", "hope", "joy", "charity", "trinity", "christ", "christian"}
NAMES_OF_CHURCHES |= {"angel", "lourdes", "concepcion", "genesis", "emmanuel", "immanuel", "zion"}
# Last names of few, and no given names.
STREETS = {"avenue", "boulevard", "circle", "court", "drive", "highway", "parkway", "road"}
STREETS |= {"street", "terrace"}
# The same after a number; some are also last names of many.
MORE_STREETS = {"ave", "blvd", "ct", "lane", "ln", "place", "rd", "st", "way"}
NUMBERED_BUSINESSES = {"motel", "studio", "super"}  # Super 8
OF_BUSINESSES = _SINGULAR | _PLURAL - {"banks", "waters"}  # common last names
