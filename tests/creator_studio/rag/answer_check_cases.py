"""Claims with the passages they cite, labelled by hand: does the passage say it?"""

from dataclasses import dataclass

# ruff: noqa: RUF001 - the languages' own letters

LEAVE = (
    "Requests go through the portal. Full-time employees have 28 days of paid leave a year. "
    "Up to five unused days may be carried over until 31 March. Interns are not entitled to "
    "special leave."
)
TRAVEL = (
    "Economy class is booked for flights of less than 6 hours. Hotels in Hamburg may cost at "
    "most 135 EUR a night. Receipts are handed in within 30 days. Taxis are reimbursed only "
    "without public transport."
)
PRESS = (
    "The press weighs 142 kg, so two people are needed to move it. Connect it to a 16 ampere "
    "socket. Never open the lid while the spindle turns. Error E-23 means that the pressure "
    "sensor was lost; check plug X4."
)
TABLE = (
    "| Model | Volume | Watts | Price |\n|---|---|---|---|\n| One | 1.0 litre | 1,850 | 49 EUR |\n"
    "| Family | 1.7 litres | 2,400 | 69 EUR |\n| Tea | 1.2 litres | 1,400 | 89 EUR |"
)
HISTORY = (
    "Marie Curie was born in Warsaw in 1867. In 1903 she shared the Nobel Prize in Physics with "
    "Pierre Curie and Henri Becquerel. She did not patent the radium process."
)
HAUS = (
    "Die Nachtruhe gilt von 22 Uhr bis 6 Uhr. Hunde brauchen eine schriftliche Genehmigung der "
    "Verwaltung. Fahrräder dürfen nicht im Treppenhaus stehen. Eine Wäsche kostet 1,50 Euro."
)
GARANTIE = (
    "La garantie dure trois ans à partir de la livraison. Elle ne couvre pas le calcaire. Les "
    "frais de retour sont gratuits pour les commandes de plus de 60 euros."
)
ENVIOS = (
    "El envío urgente llega al día siguiente y cuesta 9,90 euros. No se realizan envíos a "
    "apartados de correos. Las devoluciones se aceptan durante 30 días."
)
TUIHUO = (
    "自收到商品之日起三十天内可以退货。礼品卡不能退货。标准配送需要2至4个工作日，费用为4.90欧元。"
)


@dataclass(frozen=True)
class Labelled:
    passage: str
    claim: str
    said: bool


def _all(passage: str, said: list[str], unsaid: list[str]) -> list[Labelled]:
    return [Labelled(passage, claim, True) for claim in said] + [
        Labelled(passage, claim, False) for claim in unsaid
    ]


CASES: list[Labelled] = [
    *_all(
        LEAVE,
        [
            "Full-time employees get 28 days of paid leave per year.",
            "You have 28 days of paid leave.",
            "Employees working full-time are entitled to 28 days of leave.",
            "At most five unused days can be carried over, until 31 March.",
            "Unused days, up to 5 of them, may be carried over until March 31.",
            "Interns have no entitlement to special leave.",
            "Leave requests are made through the portal.",
            "Interns don't get special leave.",
        ],
        [
            "Full-time employees get 30 days of paid leave per year.",
            "Part-time employees work 20 hours a week.",
            "Up to five unused days may be carried over until 30 June.",
            "Interns are entitled to special leave.",
            "Full-time employees do not have 28 days of paid leave a year.",
            "Requests go to Petra Holm by e-mail.",
            "The company was founded by two brothers in a garage.",
            "Parental leave lasts twelve months and is unpaid.",
        ],
    ),
    *_all(
        TRAVEL,
        [
            "Flights under 6 hours are booked in economy class.",
            "A hotel in Hamburg may cost up to 135 EUR per night.",
            "You have to hand in receipts within 30 days.",
            "Receipts must be handed in within thirty days or 30 days at most.",
            "Taxis are only reimbursed if there is no public transport.",
        ],
        [
            "A hotel in Munich may cost up to 135 EUR per night.",
            "A hotel in Hamburg may cost up to 153 EUR per night.",
            "Business class is allowed for managers on every flight.",
            "Receipts are handed in within 14 days.",
            "Rail journeys are booked in first class by the travel office.",
            "Receipts are never handed in within 30 days.",
        ],
    ),
    *_all(
        PRESS,
        [
            "It weighs 142 kg and needs two people to move.",
            "The press needs a 16 ampere socket.",
            "E-23 means the pressure sensor was lost.",
            "Never open the lid while the spindle is turning.",
            "For error E-23, check plug X4.",
            "The lid must not be opened while the spindle turns.",
        ],
        [
            "E-32 means the pressure sensor was lost.",
            "For error E-23, check plug X7.",
            "Open the lid while the spindle turns.",
            "The press was built in Austria by a family company.",
            "The press weighs 124 kg.",
            "The motor is cleaned with a damp cloth every week.",
        ],
    ),
    *_all(
        TABLE,
        [
            "The Family holds 1.7 litres and has 2400 watts.",
            "The Tea costs 89 EUR.",
            "The One has a volume of 1 litre and 1,850 watts.",
        ],
        [
            "The Mini costs 39 EUR.",
            "The Family has 3,000 watts.",
            "The Tea has a thermometer with Bluetooth.",
        ],
    ),
    *_all(
        HISTORY,
        [
            "Marie Curie was born in 1867 in Warsaw.",
            "She shared the 1903 Nobel Prize in Physics with Pierre Curie and Henri Becquerel.",
            "Curie did not patent the process for radium.",
        ],
        [
            "Marie Curie was born in 1876 in Warsaw.",
            "Marie Curie was born in Paris in 1867.",
            "She shared the 1903 Nobel Prize with Albert Einstein.",
            "Curie patented the radium process.",
            "She taught at a school for girls in the countryside.",
        ],
    ),
    *_all(
        HAUS,
        [
            "Die Nachtruhe dauert von 22 Uhr bis 6 Uhr.",
            "Für Hunde braucht man eine schriftliche Genehmigung der Verwaltung.",
            "Fahrräder dürfen nicht im Treppenhaus abgestellt werden.",
            "Eine Wäsche kostet 1,50 Euro.",
            "Quiet hours are from 22:00 to 6:00.",
        ],
        [
            "Die Nachtruhe dauert von 23 Uhr bis 6 Uhr.",
            "Hunde brauchen keine schriftliche Genehmigung der Verwaltung.",
            "Fahrräder dürfen im Treppenhaus stehen.",
            "Eine Wäsche kostet 2,50 Euro.",
            "Der Aufzug wird jedes Jahr von einem Techniker geprüft.",
        ],
    ),
    *_all(
        GARANTIE,
        [
            "La garantie est de trois ans à partir de la livraison.",
            "La garantie dure 3 ans.",
            "Le calcaire n'est pas couvert par la garantie.",
        ],
        [
            "La garantie dure cinq ans.",
            "La garantie couvre le calcaire.",
            "Les réparations sont effectuées dans un atelier à Lyon.",
        ],
    ),
    *_all(
        ENVIOS,
        [
            "El envío urgente cuesta 9,90 euros y llega al día siguiente.",
            "No se envía a apartados de correos.",
            "Se aceptan devoluciones durante 30 días.",
        ],
        [
            "El envío urgente cuesta 19,90 euros.",
            "Se realizan envíos a apartados de correos.",
            "La tienda abre los sábados por la mañana en el centro.",
        ],
    ),
    *_all(
        TUIHUO,
        [
            "标准配送需要2至4个工作日。",
            "礼品卡不能退货。",
            "标准配送的费用为4.90欧元。",
        ],
        [
            "标准配送需要3至6个工作日。",
            "礼品卡可以退货。",
            "公司总部位于上海市中心。",
        ],
    ),
]
