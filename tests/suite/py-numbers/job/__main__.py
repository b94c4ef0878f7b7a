import sys

import numpy as np
from dateutil import parser, tz

days, amounts = [], []
for line in open(sys.argv[1]):
    day, amount = line.split(",")
    days.append(parser.parse(day).astimezone(tz.gettz("America/New_York")))
    amounts.append(float(amount))
print(f"{np.mean(amounts):.2f} on average, {np.linalg.norm(amounts):.3f}, first on {days[0]:%d %B %Y %Z}")
