"""One image → what is in it: merged filesystem, packages, ELF files, runtime, facts for advice."""
