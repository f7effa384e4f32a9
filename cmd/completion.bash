
# A word ends at a blank, not at "=", ":" or "@" as it does for bash; what bash has
# behind such a letter is all that it replaces.
__start_ipnpm()
{
    local words cword cur prev out directive
    COMPREPLY=()
    IFS=$' \t\n' read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
    cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword > 0 ? cword - 1 : 0]}
    __ipnpm_get_completion_results
    __ipnpm_process_completion_results
    if [[ $cur == *@* && $COMP_WORDBREAKS == *@* ]]; then
        # "@" ends a word and begins the next one
        local i before=${cur%@*}
        for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
    fi
}
