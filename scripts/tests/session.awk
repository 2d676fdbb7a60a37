#!/usr/bin/awk -f
# Compares what a document says a session prints with what it printed: -v file=PRINTED, the document's lines on stdin.
# A line `…` stands for any lines, `…` inside a line for any text; times, ids and the width of gaps may differ.
function plain(text) {
    text = replace(text, "[0-9]+(\\.[0-9]+)? ?(ms|s)", 1, "N s")
    text = replace(text, "[0-9a-f]+", 12, "ID")
    gsub(/ +/, " ", text)
    sub(/[ \t]+$/, "", text)
    return text
}
# Puts `new` where `pattern` matches at least `least` characters that no letter or digit follows.
function replace(text, pattern, least, new,    done, end) {
    while (match(text, pattern)) {
        end = RSTART + RLENGTH
        if (RLENGTH >= least && substr(text, end, 1) !~ /[A-Za-z0-9]/) done = done substr(text, 1, RSTART - 1) new
        else done = done substr(text, 1, end - 1)
        text = substr(text, end)
    }
    return done text
}
# Whether `have` fits `want`, in which … stands for any text.
function fits(want, have,    part, n, i, at) {
    n = split(want, part, "…")
    if (n == 1) return want == have
    if (substr(have, 1, length(part[1])) != part[1]) return 0
    have = substr(have, length(part[1]) + 1)
    for (i = 2; i < n; i++) {
        at = index(have, part[i])
        if (!at) return 0
        have = substr(have, at + length(part[i]))
    }
    return length(have) >= length(part[n]) && substr(have, length(have) - length(part[n]) + 1) == part[n]
}
# Whether the wanted lines from i fit the printed lines from j.
function match_from(i, j) {
    if (i > wants) return j > haves
    if (want[i] == "…") {
        for (; j <= haves + 1; j++) if (match_from(i + 1, j)) return 1
        return 0
    }
    if (i > reached) reached = i
    return j <= haves && fits(want[i], have[j]) && match_from(i + 1, j + 1)
}
BEGIN { while ((getline text < file) > 0) have[++haves] = plain(text) }
{ want[++wants] = plain($0) }
END {
    if (match_from(1, 1)) exit 0
    printf "the document goes wrong at: %s\nprinted was:\n", want[reached]
    for (i = 1; i <= haves; i++) print "  " have[i]
    exit 1
}
