"""Follow-up questions after a first one, with words that their meaning needs."""

from dataclasses import dataclass

# ruff: noqa: RUF001 - the languages' own letters


@dataclass(frozen=True)
class FollowUp:
    """``needs``: what a search for the last question must hold; ``without`` what it must not."""

    first: str
    answer: str
    then: str
    needs: tuple[str, ...]
    without: tuple[str, ...] = ()


FOLLOW_UPS = [
    FollowUp("How much does express delivery cost?", "9.90 euros.", "And standard delivery?",
             ("standard delivery", "cost"), ("express",)),
    FollowUp("How many watts does the Brightwater Family have?", "2,400.", "How much does it cost?",
             ("Brightwater Family", "cost"), ("watts",)),
    FollowUp("When is the shop open on Saturday?", "10:00 to 14:00.", "And on Sunday?",
             ("shop", "open", "Sunday"), ("Saturday",)),
    FollowUp("What does error E-42 mean?", "Lid open.", "And E-17?",
             ("error", "E-17"), ("E-42",)),
    FollowUp("How long is the warranty of the motor?", "2 years.", "What about the frame?",
             ("warranty", "frame"), ("motor",)),
    FollowUp("Who answers complaints?", "It is Tomas Berg.", "How fast does he do it?",
             ("Tomas Berg", "complaints")),
    FollowUp("How much juice do apples give per kilogram?", "0.6 litres.", "And pears?",
             ("juice", "pears", "kilogram"), ("apples",)),
    FollowUp("How much leave do full-time employees have?", "28 days.", "And for part-timers?",
             ("leave", "part-timers")),
    FollowUp("Which hotels may I book in Hamburg?", "Up to 135 EUR.", "How about Berlin?",
             ("hotels", "Berlin"), ("Hamburg",)),
    FollowUp("What is the daily rate for Japan in 2023?", "9,200 JPY.", "And in 2024?",
             ("daily rate", "Japan", "2024"), ("2023",)),
    FollowUp("What is the refund deadline?", "30 days.", "Why?", ("refund", "deadline")),
    FollowUp("How much leave do I have?", "28 days.", "Can they be carried over?",
             ("leave", "carried over")),
    FollowUp("Was kostet eine Wäsche?", "1,50 Euro.", "Und der Trockner?",
             ("kostet", "Trockner"), ("Wäsche",)),
    FollowUp("Wie heißt der Hausmeister?", "Jürgen Wendt.", "Wann ist er zu erreichen?",
             ("Jürgen Wendt", "erreichen")),
    FollowUp("Wie hoch ist die Pauschale in Deutschland?", "28 Euro.", "Und in Frankreich?",
             ("Pauschale", "Frankreich"), ("Deutschland",)),
    FollowUp("Combien coûte la livraison express ?", "9,90 euros.", "Et la livraison standard ?",
             ("coûte", "livraison standard"), ("express",)),
    FollowUp("Quelle est la durée de la garantie ?", "Trois ans.", "Et pour les réparations ?",
             ("garantie", "réparations")),
    FollowUp("¿Cuánto cuesta el envío urgente?", "9,90 euros.", "¿Y el envío normal?",
             ("cuesta", "envío normal"), ("urgente",)),
    FollowUp("¿Quién dirige el taller?", "Lucía Ramos.", "¿Y la tienda?", ("dirige", "tienda")),
    FollowUp("退货需要多少天？", "三十天。", "换货呢？", ("换货", "多少天")),
]  # fmt: skip

ALONE = [
    FollowUp("What is the refund deadline?", "30 days.", question, ())
    for question in (
        "Who approves the travel budget of the sales team?",
        "Is it allowed to bring dogs to the office?",
        "How many days of paid leave do full-time employees have?",
        "What does error E-23 mean?",
        "Thanks, that was very helpful for my report!",
        "Wie viele Tage Urlaub haben Vollzeitkräfte im Jahr?",
        "Combien de jours de congé ont les employés ?",
        "¿Cuántos días de vacaciones tienen los empleados?",
        "标准配送需要多少个工作日？",
    )
]
