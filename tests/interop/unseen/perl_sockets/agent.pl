#!/usr/bin/env perl
# A Procedura agent with Perl's core modules: one process, one event loop.
#   perl agent.pl [--port N] [--fault ID]...
use v5.36;
use Errno qw(EAGAIN EWOULDBLOCK EINTR ECONNABORTED);
use FindBin;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use List::Util qw(max min);
use MIME::Base64 qw(decode_base64);
use Digest::SHA qw(hmac_sha256);
use POSIX qw(ceil);
use Socket qw(IPPROTO_TCP TCP_NODELAY SHUT_WR);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use lib $FindBin::Bin;
use RequestText;
use WebSocket;

use constant {
    MESSAGE_LIMIT => 16 * 1024 * 1024,
    READ_SIZE     => 128 * 1024,
    HEAD_LIMIT    => 32 * 1024,
    QUEUE_LIMIT   => 48 * 1024 * 1024,    # above it a connection is not read from
    MAX_TTL       => 31_536_000,
};

my %KNOWN_FAULT = map { $_ => 1 } qw(REQ-7.4 BLT-2.1 ASY-1.5);
my (%fault, $port);

while (@ARGV) {
    my $word = shift;
    if    ($word =~ /\A--port(?:=(.*))?\z/s)  { $port = $1 // shift // ''; }
    elsif ($word =~ /\A--fault(?:=(.*))?\z/s) { $fault{ $1 // shift // '' } = 1; }
    else                                      { usage("unknown option $word"); }
}
$port //= 8765;
usage('--port takes a number from 0 to 65535') unless $port =~ /\A[0-9]{1,5}\z/ && $port < 65536;
$KNOWN_FAULT{$_} or usage("there is no fault '$_'") for keys %fault;

sub usage ($why) {
    print STDERR "agent.pl: $why\nusage: agent.pl [--port N] [--fault ID]...\n";
    exit 2;
}

sub now { return clock_gettime(CLOCK_MONOTONIC); }

sub acted ($id, $what) {
    print STDERR "fault $id: $what\n";
    return;
}

# ---------------------------------------------------------------------------------------------- timers
my (@timers, $timer_count);    # [when, number, what], the next one first

sub after ($seconds, $what) {
    my $when = now() + $seconds;
    my ($low, $high) = (0, scalar @timers);
    while ($low < $high) {
        my $middle = ($low + $high) >> 1;
        if ($timers[$middle][0] <= $when) { $low = $middle + 1 }
        else                              { $high = $middle }
    }
    splice @timers, $low, 0, [$when, ++$timer_count, $what];
    return;
}

sub run_due_timers {
    my $now = now();
    (shift @timers)->[2]->() while @timers && $timers[0][0] <= $now;
    return;
}

# ---------------------------------------------------------------------------------------------- sessions
my %SALTED = (
    'admin@procedura.org' => stretched('admin@procedura.org', 'secret123'),
    'ops@procedura.org'   => stretched('ops@procedura.org',   'pa:ss:word'),
);
my %sessions;     # token => {token, user, device, expires}
my %of_device;    # "user\0device" => session

sub stretched ($user, $password) {
    my $hash = $password;
    $hash = hmac_sha256($hash, $user) for 1 .. 500;
    return $hash;
}

# The user's name if the credential is right. A wrong one takes as long, whatever is wrong with it.
sub user_of ($credential) {
    my $plain;
    if ($credential =~ /\Ab64:(.*)\z/s) { $plain = from_base64($1); }
    elsif ($credential =~ /:/)          { $plain = $credential; }
    else                                { $plain = from_base64($credential); }
    my ($user, $password) = split /:/, $plain // '', 2;
    $user //= '';
    my $given  = stretched($user, $password // '');
    my $stored = $SALTED{$user} // "\0" x 32;
    my $differ = ($given ^. $stored) =~ tr/\0//c;
    return $differ || !defined $password ? undef : $user;
}

sub from_base64 ($text) {
    return undef unless $text =~ m{\A[A-Za-z0-9+/]+={0,2}\z};
    (my $bare = $text) =~ s/=+\z//;
    return undef if length($bare) % 4 == 1 || ($text ne $bare && length($text) % 4);
    return decode_base64($bare . '=' x (-length($bare) % 4));
}

sub random_token {
    open my $random, '<:raw', '/dev/urandom' or die "no random numbers: $!\n";
    read($random, my $bytes, 24) == 24 or die "no random numbers\n";
    return unpack 'H*', $bytes;
}

sub live_session ($session) { return $session && $session->{expires} > now(); }

# Joins the live session of this user and device or starts one: (session, joined).
sub log_in ($user, $device, $ttl) {
    my $key     = defined $device ? "$user\0$device" : undef;
    my $session = defined $key    ? $of_device{$key} : undef;
    my $joined  = live_session($session);
    if (!$joined) {
        forget_old_sessions();
        $session = { token => random_token(), user => $user, device => $device };
        $sessions{ $session->{token} } = $session;
        $of_device{$key} = $session if defined $key;
    }
    $session->{expires} = now() + $ttl;
    return ($session, $joined);
}

# Expired ones are remembered for an hour, so that their users learn AUTH_EXPIRED.
sub forget_old_sessions {
    my $past = now() - 3600;
    for my $old (grep { $_->{expires} < $past } values %sessions) {
        delete $sessions{ $old->{token} };
        my $key = $old->{user} . "\0" . ($old->{device} // '');
        delete $of_device{$key} if $of_device{$key} && $of_device{$key} == $old;
    }
    return;
}

# ---------------------------------------------------------------------------------------------- replies
# Strings are UTF-8 bytes throughout; without ->utf8 the encoder leaves bytes as they are.
my $json  = JSON::PP->new->canonical->allow_nonref;
my %count = (open => 0, total => 0, frames_in => 0, frames_out => 0, bytes_in => 0, bytes_out => 0,
    live => 0, finished => 0, failed => 0);
my (%errors, $jobs_made);
my $started_at = now();

sub send_json ($c, $reply) {
    return if $c->{state} ne 'open';
    my $text = $json->encode($reply);
    utf8::downgrade($text);
    send_frame($c, WebSocket::TEXT, $text);
    return;
}

sub send_error ($c, $code, $message, %members) {
    $errors{$code}++;
    send_json($c, { status => 'error', code => $code, message => $message, %members });
    return;
}

sub target ($job) {
    return (id => $job->{id}, defined $job->{job_id} ? (job_id => $job->{job_id}) : ());
}

sub accept_job ($c, $id, $async) {
    my $job = { conn => $c, id => $id, async => $async };
    $c->{live}{$id} = $job;
    if ($async) {
        $count{live}++;
        $job->{job_id} = 'job-' . ++$jobs_made;
        if ($fault{'ASY-1.5'}) {
            acted('ASY-1.5', "the id of $job->{job_id} goes out as an empty string");
            $job->{job_id} = '';
        }
    }
    send_json($c, { target($job), status => $async ? 'started' : 'ack' });
    return $job;
}

sub progress ($job, $members) {
    send_json($job->{conn}, { target($job), status => 'running', %$members }) if !$job->{over};
    return;
}

sub end_job ($job, $counted_as) {
    return 0 if $job->{over}++;
    delete $job->{conn}{live}{ $job->{id} };
    if ($job->{async}) {
        $count{live}--;
        $count{$counted_as}++;
    }
    return 1;
}

sub finish ($job, $result) {
    my $reply = { target($job), status => 'finished', result => $result };
    send_json($job->{conn}, $reply) if end_job($job, 'finished');
    return;
}

sub fail ($job, $code, $message) {
    my %to = target($job);
    send_error($job->{conn}, $code, $message, %to) if end_job($job, 'failed');
    return;
}

# ---------------------------------------------------------------------------------------------- modules
my %MODULE = (
    login_password      => \&login_password,
    __keepalive         => \&keepalive,
    __diag_ws_metrics   => \&diag_ws_metrics,
    __diag_auth         => \&diag_auth,
    worldstate_snapshot => \&worldstate_snapshot,
    echo                => sub ($job, $args) { finish($job, { args => $args }) },
    fail                => sub ($job, $args) { fail($job, 'OUT_OF_SPRITES', 'there are no sprites left') },
    whoami              => sub ($job, $args) { finish($job, { user => $job->{conn}{session}{user} }) },
    slow                => \&slow,
    place_ooi_sprites   => \&place_ooi_sprites,
);

# The value of --name VALUE or --name=VALUE; the last one counts.
sub option ($args, $name) {
    my $value;
    for my $i (0 .. $#$args) {
        if    ($args->[$i] eq "--$name")              { $value = $args->[ $i + 1 ] // ''; }
        elsif ($args->[$i] =~ /\A--\Q$name\E=(.*)\z/s) { $value = $1; }
    }
    return $value;
}

sub login_password ($job, $args) {
    my ($credential, @options) = @$args;
    my ($device, $ttl) = (undef, 3600);
    for (@options) {
        $device = $1 if /\A--device=(.+)\z/s;
        $ttl    = $1 if /\A--ttl=(.*)\z/s;
    }
    return fail($job, 'BAD_REQUEST', '--ttl takes a whole number of seconds from 1 to ' . MAX_TTL)
      unless $ttl =~ /\A[1-9][0-9]{0,7}\z/ && $ttl <= MAX_TTL;
    my $user = user_of($credential // '');
    return fail($job, 'AUTH_FAILED', 'the login failed') if !defined $user;
    my ($session, $joined) = log_in($user, $device, 0 + $ttl);
    $job->{conn}->@{qw(session via)} = ($session, 'login');
    return finish($job, {
        session_token => $session->{token},
        user          => $user,
        device        => $device,
        expires_in    => 0 + $ttl,
        attached      => $joined ? JSON::PP::true : JSON::PP::false,
    });
}

sub keepalive ($job, $args) {
    return finish($job, { ok => JSON::PP::true, server_time_ms => int(1000 * Time::HiRes::time()) });
}

sub diag_ws_metrics ($job, $args) {
    my $live = $count{live};
    if ($fault{'BLT-2.1'} && $count{finished}) {
        $live += $count{finished};
        acted('BLT-2.1', "jobs.live says $live, there are $count{live}");
    }
    return finish($job, {
        uptime_s    => int(now() - $started_at),
        connections => { open => $count{open}, total => $count{total} },
        frames      => { in => $count{frames_in}, out => $count{frames_out} },
        bytes       => { in => $count{bytes_in}, out => $count{bytes_out} },
        jobs        => { live => $live + 0, finished => $count{finished} + 0, failed => $count{failed} + 0 },
        errors      => {%errors},
    });
}

sub diag_auth ($job, $args) {
    my $c    = $job->{conn};
    my $live = live_session($c->{session});
    my $of   = $live ? $c->{session} : {};
    return finish($job, {
        authenticated => $live ? JSON::PP::true : JSON::PP::false,
        user          => $of->{user},
        device        => $of->{device},
        via           => $live ? $c->{via} : undef,
        expires_in    => $live ? max(0, ceil($of->{expires} - now())) + 0 : undef,
    });
}

sub worldstate_snapshot ($job, $args) {
    return finish($job, {
        meta        => { version    => 3, tick => int(10 * (now() - $started_at)) },
        entities    => { 'heron-1'  => { kind => 'heron', name => 'Grey heron', position => [3, 4] } },
        location    => { name       => 'Salt marsh' },
        environment => { time_of_day => 'dawn', weather => 'fog' },
    });
}

sub slow ($job, $args) {
    my $ms = option($args, 'ms') // '';
    return fail($job, 'BAD_REQUEST', '--ms takes a whole number of milliseconds') if $ms !~ /\A[0-9]{1,9}\z/;
    after($ms / 1000, sub { finish($job, { slept_ms => 0 + $ms }) });
    return;
}

sub place_ooi_sprites ($job, $args) {
    my $n = option($args, 'n') // 4;
    return fail($job, 'BAD_REQUEST', '--n takes a whole number') if $n !~ /\A[0-9]{1,9}\z/;
    place_next($job, 0, 0 + $n);
    return;
}

sub place_next ($job, $placed, $n) {
    return if $job->{over};
    progress($job, { placed => $placed + 0 }) if $placed;
    return finish($job, { placed => $n }) if $placed == $n;
    after(0.005, sub { place_next($job, $placed + 1, $n) });
    return;
}

# ---------------------------------------------------------------------------------------------- requests
sub take_message ($c, $opcode, $text) {
    return send_error($c, 'BAD_FRAME', 'a request is a text frame') if $opcode == WebSocket::BINARY;
    my $r = eval { RequestText::read($text) };
    if (!$r) {
        chomp(my $why = $@);
        return send_error($c, 'BAD_FRAME', $why);
    }
    my ($id, $cmd, $args, $mode) = @$r{qw(id cmd args mode)};
    my $named = defined $id && !ref $id;
    my $live  = $named ? $c->{live}{$id} : undef;
    my $wrong =
        !$named || $id eq '' || length $id > 256 ? 'id is a string of 1 to 256 bytes'
      : !defined $cmd || ref $cmd                ? 'cmd is a string'
      : ref $args ne 'ARRAY'                     ? 'args is an array of strings'
      : ($mode // '') !~ /\A(?:sync|async)\z/    ? 'mode is "sync" or "async"'
      :                                            undef;
    return send_error($c, 'BAD_REQUEST', $wrong, !$named ? () : $live ? (ref => $id) : (id => $id)) if $wrong;

    if ($live) {
        if ($fault{'REQ-7.4'}) {
            acted('REQ-7.4', 'the first request with this id is cancelled');
            end_job($live, 'failed');
        }
        return send_error($c, 'DUPLICATE_ID', 'a request with this id is live', ref => $id);
    }
    if ($cmd ne 'login_password' && $cmd !~ /\A__/ && !live_session($c->{session})) {
        return $c->{session}
          ? send_error($c, 'AUTH_EXPIRED', 'the session has expired', id => $id)
          : send_error($c, 'AUTH_REQUIRED', 'this module needs a session: log in first', id => $id);
    }
    my $module = $MODULE{$cmd} or return send_error($c, 'UNKNOWN_MODULE', 'there is no such module', id => $id);
    shift @$args if @$args && $args->[0] eq $cmd;
    $module->(accept_job($c, $id, $mode eq 'async'), $args);
    return;
}

# ---------------------------------------------------------------------------------------------- connections
# States: upgrade → open → closing (our Close is out, theirs is awaited) → lingering (only read until its end).
my %connections;    # file number => connection
my ($reading, $writing) = (IO::Select->new, IO::Select->new);
my $going_down = 0;

my $listener = IO::Socket::INET->new(
    Listen => 512, LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp', ReuseAddr => 1, Blocking => 0,
) or do { print STDERR "agent.pl: cannot listen on 127.0.0.1:$port: $@\n"; exit 1; };

sub accept_connections {
    while (my $socket = $listener->accept) {
        $socket->blocking(0);
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
        my $c = { socket => $socket, state => 'upgrade', in => '', out => [], written => 0, queued => 0, live => {} };
        $connections{ fileno $socket } = $c;
        $reading->add($socket);
        after(10, sub { drop($c) if $c->{state} eq 'upgrade' });
    }
    return if $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR} || $!{ECONNABORTED};
    $reading->remove($listener);    # out of file numbers: try again soon
    after(0.1, sub { $reading->add($listener) if !$going_down });
    return;
}

sub drop ($c) {
    return if $c->{state} eq 'gone';
    $count{open}-- if $c->{counted};
    $c->{state} = 'gone';
    delete $connections{ fileno $c->{socket} };
    $_->remove($c->{socket}) for $reading, $writing;
    close $c->{socket};
    $c->@{qw(in out message)} = ('', [], '');
    return;
}

# Nothing more is said after what is queued; what the peer still sends is read and thrown away.
sub linger ($c) {
    return if $c->{state} =~ /lingering|gone/;
    $c->@{qw(state in message)} = ('lingering', '', '');
    after(5, sub { drop($c) });
    flush($c);
    return;
}

sub flush ($c) {
    my $out = $c->{out};
    while (@$out) {
        my $n = syswrite $c->{socket}, $out->[0], length($out->[0]) - $c->{written}, $c->{written};
        if (!defined $n) {
            next if $!{EINTR};
            return drop($c) unless $!{EAGAIN} || $!{EWOULDBLOCK};
            $writing->add($c->{socket}) if !$writing->exists($c->{socket});
            $reading->remove($c->{socket}) if $c->{queued} > QUEUE_LIMIT && $c->{state} eq 'open';
            return;
        }
        $count{bytes_out} += $n;
        $c->{queued}      -= $n;
        $c->{written}     += $n;
        next if $c->{written} < length $out->[0];
        shift @$out;
        $c->{written} = 0;
    }
    $writing->remove($c->{socket});
    $reading->add($c->{socket}) if !$reading->exists($c->{socket});
    shutdown $c->{socket}, SHUT_WR if $c->{state} eq 'lingering';
    return;
}

sub send_bytes ($c, $bytes) {
    push @{ $c->{out} }, $bytes;
    $c->{queued} += length $bytes;
    flush($c) if @{ $c->{out} } == 1 || $c->{queued} > QUEUE_LIMIT;
    return;
}

sub send_frame ($c, $opcode, $payload) {
    $count{frames_out}++;
    send_bytes($c, WebSocket::frame($opcode, $payload));
    return;
}

sub send_close ($c, $code, $reason = '') {
    send_frame($c, WebSocket::CLOSE, pack('n', $code) . $reason);
    return;
}

sub fail_connection ($c, $code, $reason) {
    send_close($c, $code, $reason) if $c->{state} eq 'open';
    linger($c);
    return;
}

sub readable ($c) {
    my $n = sysread $c->{socket}, $c->{in}, READ_SIZE, length $c->{in};
    if (!defined $n) {
        drop($c) unless $!{EAGAIN} || $!{EWOULDBLOCK} || $!{EINTR};
        return;
    }
    return drop($c) if $n == 0;
    $count{bytes_in} += $n;
    take_upgrade($c) if $c->{state} eq 'upgrade';
    take_frames($c)  if $c->{state} =~ /open|closing/;
    $c->{in} = ''    if $c->{state} eq 'lingering';
    return;
}

sub take_upgrade ($c) {
    my $end = index $c->{in}, "\r\n\r\n";
    return if $end < 0 && length $c->{in} <= HEAD_LIMIT;
    my $upgrade = $end < 0 || $end > HEAD_LIMIT
      ? { refused => '431 Request Header Fields Too Large' }
      : WebSocket::read_upgrade(substr $c->{in}, 0, $end);
    if ($upgrade->{refused}) {
        my $more = $upgrade->{header} ? "$upgrade->{header}\r\n" : '';
        send_bytes($c, "HTTP/1.1 $upgrade->{refused}\r\n${more}Content-Length: 0\r\nConnection: close\r\n\r\n");
        return linger($c);
    }
    substr $c->{in}, 0, $end + 4, '';

    # The subprotocol decides over the bearer. A stale token is let in: its requests will be refused.
    my $selected;
    if (my @offered = @{ $upgrade->{offered} }) {
        ($selected) = grep { $sessions{$_} } @offered;
        $selected //= $offered[0];
        $c->@{qw(session via)} = ($sessions{$selected}, 'subprotocol');
    }
    elsif (defined $upgrade->{bearer}) {
        $c->@{qw(session via)} = ($sessions{ $upgrade->{bearer} }, 'bearer');
    }
    send_bytes($c, join '', map { "$_\r\n" } 'HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
        "Sec-WebSocket-Accept: $upgrade->{accept}", (defined $selected ? "Sec-WebSocket-Protocol: $selected" : ()), '');
    return if $c->{state} ne 'upgrade';
    $c->@{qw(state counted message)} = ('open', 1, '');
    $count{open}++;
    $count{total}++;
    return;
}

sub take_frames ($c) {
    while ($c->{state} =~ /open|closing/) {
        my ($opcode, $fin, $payload) = WebSocket::take_frame(\$c->{in}, MESSAGE_LIMIT - length $c->{message});
        return if !defined $opcode;
        return fail_connection($c, $fin, $payload) if $opcode eq 'fail';
        $count{frames_in}++;
        if ($opcode == WebSocket::CLOSE) {
            send_close($c, WebSocket::close_answer($payload)) if $c->{state} eq 'open';
            return linger($c);
        }
        next if $c->{state} eq 'closing';
        if    ($opcode == WebSocket::PING) { send_frame($c, WebSocket::PONG, $payload); }
        elsif ($opcode == WebSocket::PONG) { }
        else                               { take_data($c, $opcode, $fin, $payload); }
    }
    return;
}

# Fragments: {kind} is the opcode of the message under way, {partial} the first bytes of a character cut in two.
sub take_data ($c, $opcode, $fin, $payload) {
    return fail_connection($c, 1002, 'fragments out of order') if ($opcode == WebSocket::CONTINUATION) != !!$c->{kind};
    my $kind = $c->{kind} || $opcode;
    if ($kind == WebSocket::TEXT) {
        my $check = ($c->{partial} // '') . $payload;
        ($check, $c->{partial}) = $fin ? ($check, '') : WebSocket::split_partial($check);
        return fail_connection($c, 1007, 'invalid UTF-8') if !WebSocket::utf8_ok($check);
    }
    if (!$fin) {
        $c->{kind} = $kind;
        $c->{message} .= $payload;
        return;
    }
    my $message = $c->{kind} ? $c->{message} . $payload : $payload;
    $c->@{qw(kind message)} = (0, '');
    return take_message($c, $kind, $message);
}

# ---------------------------------------------------------------------------------------------- main loop
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = sub { $going_down = 1 };

$reading->add($listener);
STDOUT->autoflush(1);
print $json->encode({ listening => 'ws://127.0.0.1:' . $listener->sockport }), "\n";

sub go_down {
    $reading->remove($listener);
    close $listener;
    for my $c (values %connections) {
        if ($c->{state} eq 'open') {
            send_close($c, 1001, 'going down');
            $c->{state} = 'closing' if $c->{state} eq 'open';
        }
        elsif ($c->{state} eq 'upgrade') { drop($c); }
    }
    return;
}

my $last_moment;
until (defined $last_moment && (!%connections || now() > $last_moment)) {
    if ($going_down && !defined $last_moment) {
        $last_moment = now() + 2;
        go_down();
        next;
    }
    # Never long: a signal that comes just before select would else wait for it.
    my $wait = min(0.2, @timers ? max(0, $timers[0][0] - now()) : 0.2);
    my ($readable, $writable) = IO::Select->select($reading, $writing, undef, $wait);
    for my $socket (@{ $writable // [] }) {
        my $c = defined fileno $socket ? $connections{ fileno $socket } : undef;
        flush($c) if $c;
    }
    for my $socket (@{ $readable // [] }) {
        if ($socket == $listener) { accept_connections(); next; }
        my $c = defined fileno $socket ? $connections{ fileno $socket } : undef;
        readable($c) if $c;
    }
    run_due_timers();
}
exit 0;
