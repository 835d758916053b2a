#!/usr/bin/env bash
# Gives the credential that a project asks for of a service; `countersign credential give` does it, hidden.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: provision-api-key.sh SERVICE PROJECT [FIELD=@FILE]… [--from NETWORK] [--minutes N] [--uses N] [--path PATH]
                            [--note TEXT] [--otp CODE] [--sure] [--make | --own]

Finds the project's open question about that service's credential. Where the desk can make the key itself by the
service's API (AWS, once it has a login there), it does: nobody types a value. Else it shows where to make it, and asks
for it, hidden; a script pipes lines of field=value into it. It goes from this shell to the vault, never an argument.

    FIELD=@FILE     a field of several lines, from a file
    --from NETWORK  from where it may be used; repeat it for each
    --minutes N     for how long it may be used
    --uses N        how often it may be used
    --path PATH     where it lies in the vault already
    --own           give a value of your own, though the desk could make one
    --make          have the desk make it, or nothing: where it can't, nothing is asked for
    --note TEXT     a word to the agent and the story, never the value
    --otp CODE      a code of your second factor, where the yes needs one
    --sure          a value is right though it doesn't look so

Example: provision-api-key.sh sendgrid read-later-digest

Exit codes: 0 done, 1 unexpected, 2 typed wrong, 3 refused as it is (also: nothing is asked, or more than once),
            4 not your call, 5 too late, 6 not available now.
HELP
}

wrong() {
    printf '%s\nSee: provision-api-key.sh --help\n' "$1" >&2
    exit 2
}

service='' project='' options=() files=() make=--make-if-able there=''
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help)
            usage
            exit 0
            ;;
        --sure)
            options+=("$1")
            shift
            ;;
        --make)
            make=--make
            shift
            ;;
        --own)
            make=''
            shift
            ;;
        --from | --minutes | --uses | --path | --note | --otp)
            [ $# -ge 2 ] || wrong "$1 needs a value."
            if [ "$1" = --path ]; then there=yes; fi
            options+=("$1=$2")
            shift 2
            ;;
        # What is wrong is not repeated: it may be the value.
        -*) wrong 'There is no such option.' ;;
        *=@*)
            files+=("$1")
            there=yes
            shift
            ;;
        *)
            if [ -z "$service" ]; then
                service=$1
            elif [ -z "$project" ]; then
                project=$1
            else
                wrong 'One service and one project at a time; a value is never an argument.'
            fi
            shift
            ;;
    esac
done
[ -n "$project" ] || wrong 'Which service, of which project?'

# shellcheck source=to-tools/find-countersign.sh
. "$(dirname "${BASH_SOURCE[0]}")/find-countersign.sh"
# The exit code of the search is this script's, where it says no.
id=$("$countersign" credential asked -- "$service" "$project")
if [ -t 0 ]; then "$countersign" show -- "$id"; fi
# What lies somewhere already is not made.
if [ -n "$there" ] && [ "$make" = --make-if-able ]; then make=''; fi
if [ -n "$make" ]; then options+=("$make"); fi
# `${options[@]+…}`: bash before 4.4 takes an empty array for an unset one.
exec "$countersign" credential give ${options[@]+"${options[@]}"} -- "$id" ${files[@]+"${files[@]}"}
