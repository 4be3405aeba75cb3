# SPDX-License-Identifier: BSD-2-Clause
# Completion of fdwatchd(8) for bash.

_fdwatchd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=''

	COMPREPLY=()
	# bash takes `--option=value` for three words.
	[[ $cur != '=' ]] || cur=''
	[[ $prev != '=' ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}

	case $prev in
	--config | --socket | --backtest | --check-config)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--state-dir | --pin-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--user)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
		return
		;;
	--metrics-listen) words='none 127.0.0.1:9024' ;;
	--backend) words='auto fentry tracepoint' ;;
	--interval) return ;;
	*)
		words='--config --socket --metrics-listen --state-dir --pin-dir --backend --interval --load'
		words+=' --user --unload --backtest --check-config --help --version'
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _fdwatchd fdwatchd
