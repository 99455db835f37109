# RFC 6455 without sockets: reads an upgrade request, takes frames out of a buffer, makes frames.
package WebSocket;
use v5.36;
use Digest::SHA qw(sha1_base64);
use MIME::Base64 qw(decode_base64);

use constant { CONTINUATION => 0, TEXT => 1, BINARY => 2, CLOSE => 8, PING => 9, PONG => 10 };

my $TOKEN = qr/[!#\$%&'*+.^_`|~0-9A-Za-z-]+/;    # RFC 9110

# The head of an HTTP request, without the empty line. Returns {accept, offered, bearer} or {refused, header?}.
sub read_upgrade ($head) {
    my $bad = { refused => '400 Bad Request' };
    my ($request_line, @lines) = split /\r\n/, $head;
    return $bad unless defined $request_line && $request_line =~ m{\A([A-Z]+) (/\S*|\w+://\S+) HTTP/1\.1\z};
    return { refused => '405 Method Not Allowed', header => 'Allow: GET' } if $1 ne 'GET';
    my %header;
    for (@lines) {
        return $bad unless /\A($TOKEN):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\z/;
        push @{ $header{ lc $1 } }, $2;
    }
    my $one  = sub ($name) { join ', ', @{ $header{$name} // [] } };
    my $host = $one->('host');
    return $bad if @{ $header{host} // [] } != 1;
    return { refused => '403 Forbidden' } unless local_name($host);
    if ($header{origin}) {
        return { refused => '403 Forbidden' } unless $one->('origin') =~ m{\Ahttps?://([^/]+)\z}i && local_name($1);
    }
    return { refused => '426 Upgrade Required', header => "Upgrade: websocket\r\nSec-WebSocket-Version: 13" }
      unless $one->('upgrade') =~ /(?:\A|,)\s*websocket\s*(?:,|\z)/i
      && $one->('connection') =~ /(?:\A|,)\s*upgrade\s*(?:,|\z)/i
      && $one->('sec-websocket-version') eq '13';
    my $key = $one->('sec-websocket-key');
    return $bad unless $key =~ m{\A[A-Za-z0-9+/]{22}==\z} && length decode_base64($key) == 16;

    my @offered;
    if ($header{'sec-websocket-protocol'}) {
        @offered = split /[ \t]*,[ \t]*/, $one->('sec-websocket-protocol'), -1;
        return $bad if !@offered || grep { !/\A$TOKEN\z/ } @offered;
    }
    my ($bearer) = $one->('authorization') =~ /\ABearer +([\x21-\x7e]+)\z/i;
    return {
        accept  => sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=',
        offered => \@offered,
        bearer  => $bearer,
    };
}

sub local_name ($host) {
    return $host =~ /\A(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?\z/i;
}

# Takes one frame from the front of $$in. Returns () if it is not complete yet, (opcode, fin, payload),
# or ('fail', code, reason). A data frame may have at most $room bytes.
sub take_frame ($in, $room) {
    my $have = length $$in;
    return if $have < 2;
    my ($first, $second) = unpack 'CC', $$in;
    my ($fin, $opcode, $length) = ($first >> 7, $first & 15, $second & 127);
    return ('fail', 1002, 'reserved bits')       if $first & 0x70;
    return ('fail', 1002, 'unknown opcode')      if $opcode > PONG || ($opcode > BINARY && $opcode < CLOSE);
    return ('fail', 1002, 'frame is not masked') if !($second & 128);
    return ('fail', 1002, 'bad control frame')   if $opcode >= CLOSE && (!$fin || $length > 125);
    my $at = 2;
    if ($length == 126) {
        return if $have < 4;
        ($length, $at) = (unpack('x2 n', $$in), 4);
        return ('fail', 1002, 'length not minimal') if $length < 126;
    }
    elsif ($length == 127) {
        return if $have < 10;
        ($length, $at) = (unpack('x2 Q>', $$in), 10);
        return ('fail', 1002, 'length not minimal') if $length < 65536;
        return ('fail', 1002, 'bad length')         if $length >> 63;
    }
    return ('fail', 1009, 'message too big') if $opcode < CLOSE && $length > $room;
    return if $have < $at + 4 + $length;
    my $mask    = substr $$in, $at, 4;
    my $payload = substr $$in, $at + 4, $length;
    substr $$in, 0, $at + 4 + $length, '';    # moves the start of the string, copies nothing
    $payload ^.= substr $mask x (1 + $length / 4), 0, $length;
    return ($opcode, $fin, $payload);
}

sub frame ($opcode, $payload) {
    my $length = length $payload;
    return pack('CC', 0x80 | $opcode, $length) . $payload if $length < 126;
    return pack('CCn', 0x80 | $opcode, 126, $length) . $payload if $length < 65536;
    return pack('CCQ>', 0x80 | $opcode, 127, $length) . $payload;
}

# The code that answers a Close with this payload: its own, 1000 if it has none, or what is wrong with it.
sub close_answer ($payload) {
    return 1000  if $payload eq '';
    return 1002  if length $payload < 2;
    my $code = unpack 'n', $payload;
    return 1002 unless ($code >= 1000 && $code <= 1014 && $code !~ /100[456]/) || ($code >= 3000 && $code < 5000);
    return 1007 unless utf8_ok(substr $payload, 2);
    return $code;
}

# utf8::decode alone takes surrogates and what lies beyond U+10FFFF.
sub utf8_ok ($bytes) {
    return 0 if $bytes =~ tr/\xed\xf4-\xff// && $bytes =~ /\xed[\xa0-\xbf]|\xf4[\x90-\xbf]|[\xf5-\xff]/;
    return utf8::decode($bytes);
}

# Splits off a character whose last bytes are still to come: (whole characters, rest).
sub split_partial ($bytes) {
    my ($rest) = substr($bytes, -3) =~ /((?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2}))\z/;
    return ($bytes, '') if !defined $rest;
    return (substr($bytes, 0, length($bytes) - length $rest), $rest);
}

1;
