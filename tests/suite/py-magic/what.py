import pathlib
import sys

import magic

for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    print(path.name, magic.from_file(str(path), mime=True))
