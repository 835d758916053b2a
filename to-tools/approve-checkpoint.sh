#!/usr/bin/env bash
# Answers one checkpoint from a script or by hand; `countersign` does it, with the same exit codes.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: approve-checkpoint.sh ID [--set FIELD=VALUE]… [--note TEXT] [--digest DIGEST] [--otp CODE]
       approve-checkpoint.sh ID --reject WHY
       approve-checkpoint.sh ID --change WHAT

Says yes to a checkpoint, or no, or asks for changes. ID is project and number; look first:
    countersign show read-later-digest/3

    --set FIELD=VALUE  fill in a field; repeat it for each
    --note TEXT        a word to the agent and the story
    --digest DIGEST    what exactly you looked at, as `show` names it; anything else is refused
    --otp CODE         a code of your second factor, where the yes needs one
    --reject WHY       say no
    --change WHAT      ask for changes

Examples: approve-checkpoint.sh read-later-digest/2 --set region=eu-west-1
          approve-checkpoint.sh read-later-digest/3 --change "region eu-west-1"

Exit codes: 0 done, 1 unexpected, 2 typed wrong, 3 refused as it is, 4 not your call, 5 too late,
            6 not available now.
HELP
}

wrong() {
    printf '%s\nSee: approve-checkpoint.sh --help\n' "$1" >&2
    exit 2
}

id='' verb=approve said='' options=()
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help)
            usage
            exit 0
            ;;
        --set | --note | --digest | --otp | --reject | --change)
            [ $# -ge 2 ] || wrong "$1 needs a value."
            case "$1" in
                --reject | --change)
                    [ "$verb" = approve ] || wrong 'Say one thing: a yes, --reject or --change.'
                    verb=${1#--} said=$2
                    ;;
                *) options+=("$1=$2") ;;
            esac
            shift 2
            ;;
        -*) wrong "There is no option $1." ;;
        *)
            [ -z "$id" ] || wrong 'One checkpoint at a time.'
            id=$1
            shift
            ;;
    esac
done
[ -n "$id" ] || wrong 'Which checkpoint?'

# shellcheck source=to-tools/find-countersign.sh
. "$(dirname "${BASH_SOURCE[0]}")/find-countersign.sh"
# `${options[@]+…}`: bash before 4.4 takes an empty array for an unset one.
case "$verb" in
    approve) exec "$countersign" approve --yes ${options[@]+"${options[@]}"} -- "$id" ;;
    reject) exec "$countersign" reject ${options[@]+"${options[@]}"} "--because=$said" -- "$id" ;;
    change) exec "$countersign" change ${options[@]+"${options[@]}"} "--what=$said" -- "$id" ;;
esac
