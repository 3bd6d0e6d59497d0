"""The units that are known, with their names. Factors are exact: those of the SI, and of the yard and pound of 1959."""

LENGTH, MASS, TIME, TEMPERATURE, DATA = "length", "mass", "time", "temperature", "data"

# For each dimension: names separated by `|`, and the factor. The first name is the one that messages use. A name of one
# letter, and one that contains a capital letter, is read in this case only. Names of four letters and more have an `s`.
UNITS: dict[str, dict[str, str]] = {
    "length": {
        "kilometres|km|kms|kilometre|kilometer": "1000", "metres|m|metre|meter|mtr": "1",
        "centimetres|cm|cms|centimetre|centimeter": "0.01", "millimetres|mm|millimetre|millimeter": "0.001",
        "micrometres|μm|micrometre|micrometer|micron": "0.000001", "nanometres|nm|nanometre|nanometer": "0.000000001",
        "miles|mi|mile": "1609.344", "nautical miles|nmi|nautical mile": "1852", "yards|yd|yds|yard": "0.9144",
        "feet|ft|foot|′": "0.3048", "inches|inch|in|′′": "0.0254",
        "light-years|ly|light year|light-year": "9460730472580800",
    },
    "mass": {
        "kilograms|kg|kgs|kilo|kilogram|kilogramme": "1000", "grams|g|gr|gram|gramme": "1",
        "milligrams|mg|milligram": "0.001", "tonnes|t|tonne|metric ton": "1000000",
        "pounds|lb|lbs|pound": "453.59237", "ounces|oz|ounce": "28.349523125", "stone|st|stones": "6350.29318",
        "short tons|short ton|US ton": "907184.74", "long tons|long ton": "1016046.9088", "carats|carat|ct": "0.2",
    },
    "time": {
        "seconds|s|sec|secs|second": "1", "minutes|min|mins|minute": "60", "hours|h|hr|hrs|hour": "3600",
        "days|d|day": "86400", "weeks|wk|wks|week": "604800", "milliseconds|ms|msec|millisecond": "0.001",
        "fortnights|fortnight": "1209600",
    },
    "months": {"months|mo|month": "1", "years|yr|yrs|year": "12", "decades|decade": "120", "centuries|century": "1200"},
    "temperature": {"°C|C|celsius|centigrade|degrees celsius|deg C": "1", "kelvins|K|kelvin": "1",
                    "°F|F|fahrenheit|degrees fahrenheit|deg F": "5/9"},
    "angle": {"degrees|°|deg|degree": "1", "radians|rad|radian": "1"},
    "data": {
        "bytes|B|byte": "8", "kilobytes|kB|KB|kilobyte": "8000", "megabytes|MB|mb|megabyte": "8000000",
        "gigabytes|GB|gb|gigabyte": "8000000000", "terabytes|TB|tb|terabyte": "8000000000000",
        "kibibytes|KiB|kibibyte": "8192", "mebibytes|MiB|mebibyte": "8388608", "gibibytes|GiB|gibibyte": "8589934592",
        "bits|bit": "1", "kilobits|kbit|kb|kilobit": "1000", "megabits|Mbit|Mb|megabit": "1000000",
        "gigabits|Gbit|Gb|gigabit": "1000000000",
    },
    "energy": {
        "joules|J|joule": "1", "kilojoules|kJ|kilojoule": "1000", "watt-hours|Wh|watt hour": "3600",
        "kilowatt-hours|kWh|kwh|kilowatt hour|kilowatt-hour": "3600000", "calories|cal|calorie": "4.184",
        "kilocalories|kcal|kilocalorie": "4184", "megawatt-hours|MWh|megawatt hour": "3600000000",
    },
    "power": {"watts|W|watt": "1", "kilowatts|kW|kilowatt": "1000", "megawatts|MW|megawatt": "1000000",
              "gigawatts|GW|gigawatt": "1000000000", "horsepower|hp|bhp": "745.69987158227022"},
    "frequency": {"hertz|Hz|hz": "1", "kilohertz|kHz|khz": "1000", "megahertz|MHz|mhz": "1000000",
                  "gigahertz|GHz|ghz": "1000000000"},
    "pressure": {"pascals|Pa|pascal": "1", "hectopascals|hPa|hpa|hectopascal|mbar": "100", "bars|bar": "100000",
                 "kilopascals|kPa|kpa": "1000", "psi": "6894.757293168"},
    "voltage": {"volts|V|volt": "1", "kilovolts|kV|kilovolt": "1000", "millivolts|mV|millivolt": "0.001"},
    "current": {"amperes|A|amp|ampere": "1", "milliamperes|mA|milliamp": "0.001"},
    "charge": {"milliampere-hours|mAh|mah": "1", "ampere-hours|Ah": "1000"},
    "force": {"newtons|N|newton": "1", "kilonewtons|kN": "1000"},
    "percent": {"percent|%|per cent|pct": "1", "per mille|‰|per mil": "0.1"},
    "percentage points": {"percentage points|percentage point|pp": "1"},
    "pixels": {"pixels|px|pixel": "1", "megapixels|MP|mp|megapixel": "1000000"},
    "loudness": {"decibels|dB|decibel": "1"},
}  # fmt: skip

# Units of powers and of quotients of these dimensions: names, dimensions, factor.
DERIVED: tuple[tuple[str, dict[str, int], str], ...] = (
    ("square metres|sqm|qm", {LENGTH: 2}, "1"), ("square feet|sqft", {LENGTH: 2}, "0.09290304"),
    ("litres|l|L|litre|liter|ltr", {LENGTH: 3}, "0.001"),
    ("millilitres|ml|mL|millilitre|milliliter", {LENGTH: 3}, "0.000001"),
    ("centilitres|cl|cL|centilitre|centiliter", {LENGTH: 3}, "0.00001"),
    ("decilitres|dl|dL|decilitre|deciliter", {LENGTH: 3}, "0.0001"),
    ("cubic centimetres|cc", {LENGTH: 3}, "0.000001"),
    ("gallons|gal|gallon|US gallon", {LENGTH: 3}, "0.003785411784"),
    ("pints|pint", {LENGTH: 3}, "0.000473176473"), ("quarts|quart|qt", {LENGTH: 3}, "0.000946352946"),
    ("fluid ounces|fl oz|fl. oz|fluid ounce", {LENGTH: 3}, "0.0000295735295625"),
    ("cups|cup", {LENGTH: 3}, "0.0002365882365"),
    ("hectares|ha|hectare", {LENGTH: 2}, "10000"), ("acres|acre", {LENGTH: 2}, "4046.8564224"),
    ("kilometres per hour|kph|kmh|kmph", {LENGTH: 1, TIME: -1}, "5/18"),
    ("miles per hour|mph", {LENGTH: 1, TIME: -1}, "0.44704"),
    ("knots|kn|knot", {LENGTH: 1, TIME: -1}, "463/900"),
    ("megabits per second|Mbps|mbps", {DATA: 1, TIME: -1}, "1000000"),
    ("gigabits per second|Gbps|gbps", {DATA: 1, TIME: -1}, "1000000000"),
    ("revolutions per minute|rpm", {"turns": 1, TIME: -1}, "1/60"),
)  # fmt: skip

OFFSETS = {"°C": "273.15", "°F": "45967/180"}
"""What has to be added to a temperature, after its factor, to make kelvins of it."""

_CODES = """
    AED AFN ALL AMD ARS AUD AZN BAM BDT BGN BHD BND BOB BRL BTC BWP BYN CAD CHF CLP CNY COP CRC CUP CZK DKK
    DOP DZD EGP ETB EUR FJD GBP GEL GHS GTQ HKD HNL HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KRW
    KWD KZT LAK LBP LKR MAD MDL MGA MKD MMK MNT MOP MUR MVR MXN MYR NAD NGN NIO NOK NPR NZD OMR PAB PEN PHP
    PKR PLN PYG QAR RON RSD RUB RWF SAR SEK SGD SYP THB TND TRY TWD TZS UAH UGX USD UYU UZS VND XAF XOF XPF
    YER ZAR ZMW
"""
CURRENCY_CODES = frozenset(_CODES.split())

# Names and signs of currencies. A name of several currencies means any of them; `$` and `dollar` alone are American.
CURRENCIES: dict[str, str] = {
    "USD": "$|US$|dollar|US dollar|U.S. dollar|american dollar|united states dollar|buck", "EUR": "€|euro",
    "GBP": "£|pound|pound sterling|pounds sterling|british pound|quid", "JPY": "¥|JP¥|yen|japanese yen|円",
    "CNY": "¥|CN¥|RMB|yuan|renminbi|chinese yuan|元", "CAD": "C$|CA$|CAN$|Can$|CDN$|CDN|canadian dollar",
    "AUD": "A$|AU$|AUS$|australian dollar", "NZD": "NZ$|new zealand dollar", "HKD": "HK$|hong kong dollar",
    "SGD": "S$|SG$|singapore dollar", "TWD": "NT$|taiwan dollar|new taiwan dollar",
    "MXN": "MX$|Mex$|mexican peso|peso", "BRL": "R$|reais|brazilian real|brazilian reais",
    "ARS": "AR$|argentine peso|peso", "CLP": "CL$|chilean peso|peso", "COP": "COL$|colombian peso|peso",
    "PHP": "₱|philippine peso|peso",
    "INR": "₹|Rs|Rs.|rupee|indian rupee", "PKR": "Rs|Rs.|rupee|pakistani rupee", "LKR": "rupee|sri lankan rupee",
    "CHF": "Fr|Fr.|SFr|swiss franc|franc", "SEK": "kr|krona|kronor|swedish krona|swedish kronor",
    "NOK": "kr|krone|kroner|norwegian krone|norwegian kroner", "DKK": "kr|krone|kroner|danish krone|danish kroner",
    "ISK": "kr|króna|krónur|icelandic króna|icelandic krona", "CZK": "Kč|koruna|czech koruna|koruny|korun",
    "PLN": "zł|zloty|zlotych|polish zloty", "HUF": "Ft|forint|hungarian forint", "RON": "lei|leu|romanian leu",
    "BGN": "лв|lev|leva|bulgarian lev", "TRY": "₺|TL|turkish lira|lira", "RUB": "₽|ruble|rouble|russian ruble",
    "UAH": "₴|hryvnia", "ILS": "₪|shekel|new shekel|NIS", "KRW": "₩|won|korean won|south korean won",
    "THB": "฿|baht|thai baht", "VND": "₫|dong|vietnamese dong", "IDR": "Rp|rupiah|indonesian rupiah",
    "MYR": "RM|ringgit|malaysian ringgit", "ZAR": "R|rand|south african rand", "NGN": "₦|naira",
    "EGP": "E£|egyptian pound", "MAD": "moroccan dirham|dirham", "AED": "dirham|emirati dirham|UAE dirham|Dhs",
    "SAR": "saudi riyal|riyal", "QAR": "qatari riyal|riyal", "KES": "KSh|kenyan shilling|shilling", "BTC": "₿|bitcoin",
}  # fmt: skip

# Hundredths. A cent is one of whichever currency the other amount is in.
CENTS: dict[str, str] = {
    "USD": "¢|cent|US cent", "EUR": "cent|euro cent|eurocent", "CAD": "cent", "AUD": "cent", "NZD": "cent",
    "HKD": "cent", "SGD": "cent", "ZAR": "cent", "GBP": "p|penny|pence", "INR": "paisa|paise", "MXN": "centavo",
    "BRL": "centavo",
    "CHF": "rappen|centime", "SEK": "öre", "DKK": "øre", "NOK": "øre", "PLN": "grosz|groszy",
}  # fmt: skip
