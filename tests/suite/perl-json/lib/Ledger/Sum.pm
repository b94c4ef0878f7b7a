package Ledger::Sum;
use strict;
use warnings;
use List::Util qw(sum0);

sub of { return sum0(map { $_->{amount} } @_) }

1;
