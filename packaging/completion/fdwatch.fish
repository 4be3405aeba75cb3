# SPDX-License-Identifier: BSD-2-Clause
# Completion of fdwatch(1) for fish.

set -l commands top ps show events incidents leaks track untrack run record check status

# The first column of what the daemon shows to this user, by the socket that the line names.
function __fdwatch_ask
    set -l socket (string match --regex --groups-only -- '--socket[= ]+(\S+)' (commandline -cp))
    set -q socket[1]; and set socket --socket $socket[1]
    fdwatch $socket $argv 2>/dev/null | awk 'NR > 1 { print $1 "\t" $NF }'
end

# What stands behind `run --` is a command line by itself.
function __fdwatch_program
    set -l words (commandline -opc)
    set -l at (contains --index -- -- $words)
    or return
    set -a words (commandline -ct)
    complete --do-complete (string join ' ' -- $words[(math $at + 1)..-1])
end

complete -c fdwatch -f
complete -c fdwatch -l socket -r -F -d "the daemon's socket"
complete -c fdwatch -l json -d "print the daemon's answer as it came"
complete -c fdwatch -s h -l help -d 'print the help'
set -l none "not __fish_seen_subcommand_from $commands"
complete -c fdwatch -n $none -l version -d 'print the version'
complete -c fdwatch -n $none -a top -d 'every process as it changes, and one in depth'
complete -c fdwatch -n $none -a ps -d 'processes, those nearest to their limit first'
complete -c fdwatch -n $none -a show -d 'one process and each of its descriptors'
complete -c fdwatch -n $none -a events -d 'refusals, limits reached, ends of processes'
complete -c fdwatch -n $none -a incidents -d 'alarms from first sign to end'
complete -c fdwatch -n $none -a leaks -d 'where what is open was opened, and which place leaks'
complete -c fdwatch -n $none -a track -d 'follow where a process opens descriptors'
complete -c fdwatch -n $none -a untrack -d 'follow it no more'
complete -c fdwatch -n $none -a run -d 'run a command and tell what it left open'
complete -c fdwatch -n $none -a record -d 'a trace of one process, as CSV'
complete -c fdwatch -n $none -a check -d 'one line and an exit status for monitoring'
complete -c fdwatch -n $none -a status -d 'how the daemon and the host are'

set -l in '__fish_seen_subcommand_from'
complete -c fdwatch -n "$in top" -l once -d 'print the list and end'
complete -c fdwatch -n "$in top" -l view -x -a 'processes units containers sites' -d 'begin with'
complete -c fdwatch -n "$in top" -l interval -x -d 'seconds between looks'
complete -c fdwatch -n "$in ps" -l sort -x -d order \
    -a 'usage fds peak opened closed limit pid comm user unit'
complete -c fdwatch -n "$in ps" -l limit -x -d 'only the first'
complete -c fdwatch -n "$in events" -l follow -d 'show what happens from now on'
complete -c fdwatch -n "$in events" -l pid -x -a '(__fdwatch_ask ps)' -d 'only about this process'
complete -c fdwatch -n "$in events" -l type -x -d 'only of this type' \
    -a 'state emfile enfile threshold limit exit'
complete -c fdwatch -n "$in incidents" -l limit -x -d 'only the newest'
complete -c fdwatch -n "$in incidents" -a '(__fdwatch_ask incidents)'
complete -c fdwatch -n "$in show track untrack record leaks" -a '(__fdwatch_ask ps)'
complete -c fdwatch -n "$in run" -l fail-over -x -d 'exit status 1 where more were left open'
complete -c fdwatch -n "$in run" -l no-hold -d 'do not hold processes as they end'
complete -c fdwatch -n "$in run" -x -a '(__fdwatch_program)'
complete -c fdwatch -n "$in check" -l warning -x -a '6h 1h 80% 90%' -d 'worry so near the end'
complete -c fdwatch -n "$in check" -l critical -x -a '1h 15min 90% 95%' -d 'worry much'
