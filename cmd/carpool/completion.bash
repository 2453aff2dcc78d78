# completion of carpool for bash and zsh
if [ -n "$ZSH_VERSION" ]; then
  autoload -U +X compinit && compinit
  autoload -U +X bashcompinit && bashcompinit
fi
_carpool() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= word= words=
  if [ "$cur" = = ]; then
    cur=
  elif [ "$prev" = = ]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case $word in
    @NAMES@) cmd=$word; break ;;
    esac
  done
  case $prev in
@VALUES@  esac
  case $words/$cur in
  /-*)
    words='@GLOBAL@'
    case $cmd in
@FLAGS@    esac
    ;;
  /*)
    case $cmd in
    '') words='@COMMANDS@' ;;
    help) words='@COMMANDS@' ;;
    completion) words='@SHELLS@' ;;
    man) words='@SECTIONS@' ;;
    explain) words=$(carpool rules 2>/dev/null | cut -d ' ' -f 1) ;;
    *) words=/ ;;
    esac
    ;;
  esac
  if [ "$words" = / ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}
complete -o filenames -F _carpool carpool
