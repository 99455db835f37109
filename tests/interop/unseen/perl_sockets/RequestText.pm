# Checks JSON text as a whole and reads a request's four members out of it; no tree is built of the rest.
# Everything is UTF-8 bytes, which the caller has found valid.
package RequestText;
use v5.36;
no warnings 'recursion';

use constant MAX_DEPTH => 256;

my $WS      = qr/[ \t\n\r]*+/;
my $HEX     = qr/[0-9A-Fa-f]/;
my $PAIR    = qr/u[Dd][89ABab]$HEX{2}\\u[Dd][C-Fc-f]$HEX{2}/;
my $UNIT    = qr/u(?:[0-9A-CEFa-cef]$HEX{3}|[Dd][0-7]$HEX{2})/;
my $PIECE   = qr/[^"\\\x00-\x1f]++|(?:\\["\\\/bfnrt])++|\\$UNIT|\\$PAIR/;
my $SCALAR  = qr/-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null/;
my $SIMPLE  = qr/"[^"\\\x00-\x1f]*+"|$SCALAR/;
# Runs of simple elements go in one match: Perl bounds how often a group repeats, hence the loops around these.
my $PIECES   = qr/\G(?:$PIECE){1,30000}+/;
my $ELEMENTS = qr/\G(?:$SIMPLE$WS,$WS){1,10000}+/;
my $MEMBERS  = qr/\G(?:"[^"\\\x00-\x1f]*+"$WS:$WS$SIMPLE$WS,$WS){1,10000}+/;

my %WANTED = map { $_ => 1 } qw(id cmd args mode);

# Returns {id, cmd, args, mode}: strings as strings, an array of strings as an array, anything else as \'other'.
# Dies with a sentence if the text is no JSON object. Of a member that stands twice the last one counts.
sub read ($text) {
    my %member;
    $text =~ /\G$WS\{$WS/gco or die "not a JSON object\n";
    if ($text !~ /\G\}/gco) {
        while (1) {
            my $name = string(\$text) // die "a member's name is missing\n";
            $text =~ /\G$WS:$WS/gco or die "a colon is missing\n";
            my $start = pos $text;
            my $kind  = skip(\$text, 1);
            if ($WANTED{$name}) {
                my $raw = substr $text, $start, pos($text) - $start;
                $member{$name} = $kind eq 'string' ? string(\$raw) : $kind eq 'array' ? strings(\$raw) : \'other';
            }
            next if $text =~ /\G$WS,$WS/gco;
            last if $text =~ /\G$WS\}/gco;
            die "a comma or a brace is missing\n";
        }
    }
    $text =~ /\G$WS\z/gco or die "there is more after the object\n";
    return \%member;
}

# Checks one value at pos, $depth levels down, and steps over it. Returns its kind.
sub skip ($t, $depth) {
    return 'string' if skip_string($t);
    return 'other'  if $$t =~ /\G(?:$SCALAR)/gco;
    $$t =~ /\G(?:(\[)|\{)$WS/gco or die "a value is missing\n";
    my $array = defined $1;
    die "nested too deep\n" if $depth >= MAX_DEPTH;
    if ($array) {
        return 'array' if $$t =~ /\G\]/gco;
        while (1) {
            1 while $$t =~ /$ELEMENTS/gco;
            skip($t, $depth + 1);
            next            if $$t =~ /\G$WS,$WS/gco;
            return 'array' if $$t =~ /\G$WS\]/gco;
            die "a comma or a bracket is missing\n";
        }
    }
    return 'other' if $$t =~ /\G\}/gco;
    while (1) {
        1 while $$t =~ /$MEMBERS/gco;
        skip_string($t) or die "a member's name is missing\n";
        $$t =~ /\G$WS:$WS/gco or die "a colon is missing\n";
        skip($t, $depth + 1);
        next            if $$t =~ /\G$WS,$WS/gco;
        return 'other' if $$t =~ /\G$WS\}/gco;
        die "a comma or a brace is missing\n";
    }
}

sub skip_string ($t) {
    $$t =~ /\G"/gco or return 0;
    1 while $$t =~ /$PIECES/gco;
    $$t =~ /\G"/gco or die "a string is broken\n";
    return 1;
}

# The string at pos, unescaped; undef if none is there.
sub string ($t) {
    my $start = pos($$t) // 0;
    skip_string($t) or return undef;
    my $value = substr $$t, $start + 1, pos($$t) - $start - 2;
    unescape(\$value) if index($value, '\\') >= 0;
    return $value;
}

# The elements of a checked array, if all of them are strings.
sub strings ($t) {
    my @values;
    $$t =~ /\G\[$WS/gco;
    return [] if $$t =~ /\G\]/gco;
    while (1) {
        push @values, string($t) // return \'other';
        return \@values if $$t !~ /\G$WS,$WS/gco;
    }
}

my %SHORT = ('"' => '"', '\\' => '\\', '/' => '/', b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");

# A run of \u escapes is converted at once; it must not end between the halves of a pair.
sub unescape ($s) {
    $$s =~ s{((?:\\u$HEX{4}){1,30000}(?<!\\u[Dd][89ABab]..))|\\(.)}{ $SHORT{ $2 // '' } // utf8_of($1) }geo;
    return;
}

sub utf8_of ($escapes) {
    my $text = pack 'U*', unpack 'n*', pack 'H*', $escapes =~ s/\\u//gr;
    $text =~ s{([\x{d800}-\x{dbff}])(.)}{ chr(0x10000 + ((ord($1) & 0x3ff) << 10) + (ord($2) & 0x3ff)) }ge;
    utf8::encode($text);
    return $text;
}

1;
