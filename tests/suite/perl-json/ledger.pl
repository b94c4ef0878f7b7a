use strict;
use warnings;
use JSON;
use Ledger::Sum;

open(my $file, '<', $ARGV[0]) or die "$ARGV[0]: $!\n";
my $entries = decode_json(do { local $/; <$file> });
printf "%d entries, %.2f (%s)\n", scalar(@$entries), Ledger::Sum::of(@$entries), JSON->backend;
