/**
 * The scripts that make a shell ask `pushboat complete`. It prints one candidate on each line, with its description behind it, and in
 * the last line what else holds: `:nospace` where a word goes on, `:files` or `:folders` where paths may stand, or `:`.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** Between a candidate and its description: no tab, because the terminal is sent no control characters. */
export const BETWEEN = ' -- ';

/** Bash breaks words at colons, which references are full of: the word is taken from the line itself. */
const BASH = `# bash completion for pushboat
_pushboat() {
    local line=\${COMP_LINE:0:COMP_POINT} current last reply directive
    local -a words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=\${words[\${#words[@]}-1]}
    reply=$(pushboat complete -- "\${words[@]:1}" 2>/dev/null) || return
    directive=\${reply##*$'\\n'}
    # What bash takes for the word begins after the last colon or equals sign that it breaks words at.
    local before="" breaks=""
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=":"
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+="="
    if [[ -n $breaks && $current == *["$breaks"]* ]]; then
        last=\${current##*["$breaks"]}
        before=\${current%"$last"}
    fi
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        [[ $candidate == :* || -z $candidate ]] && continue
        candidate=\${candidate%%' -- '*}
        COMPREPLY+=("\${candidate#"$before"}")
    done <<<"$reply"
    case $directive in
        *files*) compopt -o filenames; while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "\${current#"$before"}") ;;
        *folders*) compopt -o filenames; while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -d -- "\${current#"$before"}") ;;
    esac
    [[ $directive == *nospace* ]] && compopt -o nospace
    return 0
}
complete -F _pushboat pushboat
`;

const ZSH = `#compdef pushboat
_pushboat() {
    local reply directive line value
    local -a open closed
    reply=$(pushboat complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null) || return 1
    directive=\${reply##*$'\\n'}
    for line in "\${(@f)reply}"; do
        [[ $line == :* || -z $line ]] && continue
        value=\${line%%' -- '*}
        if [[ $value == */ || $value == *: ]]; then open+=("$value"); else closed+=("$value"); fi
    done
    (( \${#open} )) && compadd -S '' -a open
    (( \${#closed} )) && compadd -a closed
    case $directive in
        *files*) compset -P '*:'; _files ;;
        *folders*) compset -P '*:'; _files -/ ;;
    esac
    return 0
}
if [[ \${funcstack[1]} == _pushboat ]]; then _pushboat "$@"; else compdef _pushboat pushboat; fi
`;

const FISH = `# fish completion for pushboat
function __pushboat_complete
    set -l words (commandline --tokens-expanded --cut-at-cursor 2>/dev/null; or commandline -opc)
    set -l current (commandline -ct)
    set -l reply (pushboat complete -- $words[2..-1] $current 2>/dev/null)
    or return
    set -l directive $reply[-1]
    for line in $reply[1..-2]
        string replace -- ' -- ' \\t $line
    end
    set -l before (string match -r '^.*:' -- $current)
    switch $directive
        case '*files*'
            for path in (__fish_complete_path (string replace -r '^.*:' '' -- $current))
                echo -- $before$path
            end
        case '*folders*'
            for path in (__fish_complete_directories (string replace -r '^.*:' '' -- $current))
                echo -- $before$path
            end
    end
end
complete -c pushboat -f -a '(__pushboat_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
