# SPDX-License-Identifier: BSD-2-Clause
# Completion of fdwatchd(8) for fish.

complete -c fdwatchd -f
complete -c fdwatchd -l config -r -F -d configuration
complete -c fdwatchd -l socket -r -F -d 'where clients connect'
complete -c fdwatchd -l metrics-listen -x -a 'none 127.0.0.1:9024' -d 'for Prometheus'
complete -c fdwatchd -l state-dir -x -a '(__fish_complete_directories)' -d 'incidents and histories'
complete -c fdwatchd -l pin-dir -x -a '(__fish_complete_directories)' -d 'what stays in the kernel'
complete -c fdwatchd -l backend -x -a 'auto fentry tracepoint' -d 'what counts in the kernel'
complete -c fdwatchd -l interval -x -d 'seconds from poll to poll'
complete -c fdwatchd -l load -d 'load the programs into the kernel, exit'
complete -c fdwatchd -l user -x -a '(__fish_complete_users)' -d 'with --load: whose they are to be'
complete -c fdwatchd -l unload -d 'take everything out of the kernel, exit'
complete -c fdwatchd -l backtest -r -F -d 'forecast over a recorded trace'
complete -c fdwatchd -l check-config -r -F -d 'say whether it is valid'
complete -c fdwatchd -l help -d 'print the options'
complete -c fdwatchd -l version -d 'print the version'
