"""Names of people and places to choose from."""

FIRST_NAMES = (
    "Abimbola", "Adaeze", "Aisha", "Amaka", "Amina", "Ayodele", "Bisi", "Blessing", "Bola", "Chiamaka", "Chidi",
    "Chinedu", "Chioma", "Damilola", "Ebere", "Efe", "Emeka", "Fatima", "Folake", "Funke", "Grace", "Halima", "Hauwa",
    "Ibrahim", "Ifeoma", "Ijeoma", "Kelechi", "Kemi", "Khadija", "Lola", "Mariam", "Musa", "Ngozi", "Nkechi", "Obinna",
    "Olamide", "Patience", "Rashida", "Sade", "Segun", "Simisola", "Tunde", "Uche", "Yetunde", "Zainab",
)  # fmt: skip
LAST_NAMES = (
    "Abubakar", "Adebayo", "Adeleke", "Adeyemi", "Afolabi", "Akinola", "Aliyu", "Anyanwu", "Babatunde", "Balogun",
    "Bello", "Chukwu", "Danjuma", "Edet", "Eze", "Fashola", "Garba", "Ibe", "Igwe", "Lawal", "Mbah", "Mohammed",
    "Nnamdi", "Nwosu", "Obi", "Ogunleye", "Ojo", "Okafor", "Okeke", "Okonkwo", "Oladipo", "Olawale", "Onyekachi",
    "Oyelaran", "Salami", "Sanni", "Suleiman", "Usman", "Williams", "Yusuf",
)  # fmt: skip
TOWNS = (
    ("Ibadan", "Oyo"), ("Abeokuta", "Ogun"), ("Ilorin", "Kwara"), ("Osogbo", "Osun"), ("Akure", "Ondo"),
    ("Ikorodu", "Lagos"), ("Onitsha", "Anambra"), ("Aba", "Abia"), ("Enugu", "Enugu"), ("Kaduna", "Kaduna"),
    ("Jos", "Plateau"), ("Benin City", "Edo"),
)  # fmt: skip
TRADES = (
    "Tailor", "Trader", "Hairdresser", "Farmer", "Baker", "Carpenter", "Food vendor", "Mechanic", "Fishmonger",
    "Potter",
)  # fmt: skip
UNION_NAMES = ("Market Women", "Potters", "Weavers", "Bakers", "Traders", "Farmers", "Tailors", "Young Builders")
