# SPDX-License-Identifier: BSD-2-Clause
# Completion of fdwatch(1) for bash.

# The first column of what the daemon shows to this user, by the socket that the line names.
_fdwatch_ask() { # SOCKET COMMAND
	local -a socket=()

	[[ -z $1 ]] || socket=(--socket "$1")
	fdwatch "${socket[@]}" "$2" 2>/dev/null | awk 'NR > 1 { print $1 }'
}

# A command that stands behind `run`: a program first, then whatever it takes by itself.
_fdwatch_program() { # POSITION
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

_fdwatch() {
	local commands="top ps show events incidents leaks track untrack run record check status"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' socket='' operands=0 options='' words='' word i

	COMPREPLY=()
	# bash takes `--option=value` for three words.
	[[ $cur != '=' ]] || cur=''
	[[ $prev != '=' ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--socket | --view | --interval | --sort | --limit | --pid | --type | --fail-over | \
			--warning | --critical)
			[[ ${COMP_WORDS[i + 1]} != '=' ]] || ((i++))
			((++i))
			[[ $word != --socket || $i -ge $COMP_CWORD ]] || socket=${COMP_WORDS[i]}
			;;
		--)
			[[ $command != run ]] || { _fdwatch_program $((i + 1)) && return; }
			;;
		-*) ;;
		*)
			if [[ -z $command ]]; then
				command=$word
			elif [[ $command = run ]]; then
				_fdwatch_program "$i"
				return
			else
				((++operands))
			fi
			;;
		esac
	done

	case $command in
	'') words=$commands options='--version' ;;
	top) options='--once --view --interval' ;;
	ps) options='--sort --limit' ;;
	events) options='--follow --pid --type' ;;
	incidents) options='--limit' ;;
	run) options='--fail-over --no-hold' ;;
	check) options='--warning --critical' ;;
	esac

	case $prev in
	--socket)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--view) words='processes units containers sites' ;;
	--sort) words='usage fds peak opened closed limit pid comm user unit' ;;
	--type) words='state emfile enfile threshold limit exit' ;;
	--pid) words=$(_fdwatch_ask "$socket" ps) ;;
	--warning | --critical) words='6h 1h 15min 80% 90% 95%' ;;
	--interval | --limit | --fail-over) return ;;
	*)
		options+=' --socket --json --help'
		case $command in
		show | track | untrack | record | leaks)
			((operands)) || [[ $cur = -* ]] || words=$(_fdwatch_ask "$socket" ps)
			;;
		incidents)
			((operands)) || [[ $cur = -* ]] || words=$(_fdwatch_ask "$socket" incidents)
			;;
		run) [[ $cur = -* ]] || { _fdwatch_program "$COMP_CWORD" && return; } ;;
		esac
		[[ $cur = -* ]] && words=$options
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _fdwatch fdwatch
