import datetime
import locale
import sys

import yaml

locale.setlocale(locale.LC_ALL, "")
for event in yaml.safe_load(open(sys.argv[1])):
    start = datetime.datetime.fromtimestamp(event["start"])
    print(f"{start:%A %d %B %Y %H:%M %Z}", event["name"], locale.str(event["price"]))
