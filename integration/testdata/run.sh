#!/bin/sh
# run.sh HOST COMMAND ...: stands between a deployment and the host. What would
# act on the host is noted in log; the switch says what is in state.HOST, and
# after a give the other host serves. With a file refuse it gives nothing away.
dir=$(dirname "$0")
host=$1
shift
case $* in
*'carp-hast-switch status --json')
	cat "$dir/state.$host"
	exit
	;;
esac
echo "$host $*" >>"$dir/log"
case $* in
*'carp-hast-switch give '*)
	[ ! -e "$dir/refuse" ] || exit 1
	for state in "$dir"/state.*; do
		sed -e 's/"serving"/"was"/' -e 's/"ready"/"serving"/' -e 's/"was"/"ready"/' "$state" >"$dir/next"
		mv "$dir/next" "$state"
	done
	;;
esac
