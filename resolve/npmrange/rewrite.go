package npmrange

import "strings"

// stripBuild removes build metadata, which plays no part in ranges.
func stripBuild(s string) string {
	if strings.IndexByte(s, '+') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		end := buildEnd(s, i)
		if end == i {
			b.WriteByte(s[i])
			end++
		}
		i = end
	}
	return b.String()
}

// buildEnd returns the end of the "+a.b" at s[i], or i when there is none.
func buildEnd(s string, i int) int {
	if s[i] != '+' {
		return i
	}
	end := i
	for end < len(s) && (end == i || s[end] == '.') {
		j := end + 1
		for j < len(s) && isIdent(s[j]) {
			j++
		}
		if j == end+1 {
			break
		}
		end = j
	}
	return end
}

// hyphen rewrites "1.2 - 3.4" as comparators; anything else it leaves alone.
func (p *parser) hyphen(s string) string {
	i := strings.Index(s, " - ")
	if i < 0 {
		return s
	}
	from, to := strings.TrimPrefix(s[:i], " "), strings.TrimSuffix(s[i+3:], " ")
	lo, ok1 := parsePartial(skipPrefix(from), p.opts.Loose)
	hi, ok2 := parsePartial(skipPrefix(to), p.opts.Loose)
	if !ok1 || !ok2 {
		return s
	}
	return strings.Trim(p.hyphenFrom(from, lo)+" "+p.hyphenTo(to, hi), " ")
}

func (p *parser) hyphenFrom(text string, v partial) string {
	floor := ""
	if p.opts.IncludePrerelease {
		floor = "-0"
	}
	switch {
	case isX(v.major):
		return ""
	case isX(v.minor):
		return ">=" + v.major + ".0.0" + floor
	case isX(v.patch):
		return ">=" + v.major + "." + v.minor + ".0" + floor
	case v.pre != "":
		return ">=" + text
	}
	return ">=" + text + floor
}

func (p *parser) hyphenTo(text string, v partial) string {
	switch {
	case isX(v.major):
		return ""
	case isX(v.minor):
		return "<" + next(v.major) + ".0.0-0"
	case isX(v.patch):
		return "<" + v.major + "." + next(v.minor) + ".0-0"
	case v.pre != "":
		return "<=" + v.major + "." + v.minor + "." + v.patch + "-" + v.pre
	case p.opts.IncludePrerelease:
		return "<" + v.major + "." + v.minor + "." + next(v.patch) + "-0"
	}
	return "<=" + text
}

// trimOperators joins operators with what follows them: "> 1 ~ 2" becomes
// ">1 ~2".
func trimOperators(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == ' ' && strings.IndexByte("<>=~^ ", s[i-1]) >= 0 {
			return trimAfter(trimAfter(trimRelations(s), '~'), '^')
		}
	}
	return s
}

// trimAfter removes one blank after each sign, and for "~" after "~>" too,
// which becomes "~".
func trimAfter(s string, sign byte) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] != sign {
			continue
		}
		switch rest := s[i+1:]; {
		case strings.HasPrefix(rest, " "):
			i++
		case sign == '~' && strings.HasPrefix(rest, "> "):
			i += 2
		}
	}
	return b.String()
}

// trimRelations removes one blank after <, >, = and after another blank,
// where a version follows.
func trimRelations(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		blank, start := relationAt(s, i)
		if start < 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		end := versionEnd(s, start)
		if blank >= 0 {
			b.WriteString(s[i:blank])
			i = blank + 1
		}
		b.WriteString(s[i:end])
		i = end
	}
	return b.String()
}

// relationAt looks for a blank, an operator and a version's prefix and start
// at s[i]. It returns where the blank to remove is (or -1) and where the
// version starts (-1: no such thing at i).
func relationAt(s string, i int) (blank, start int) {
	j := i
	if s[j] == ' ' {
		j++
	}
	_, rest := cutOperator(s[j:])
	j = len(s) - len(rest)
	blank = -1
	if strings.HasPrefix(rest, " ") {
		blank = j
	}
	start = len(s) - len(skipPrefix(rest))
	if component(s, start, true) == start {
		return -1, -1
	}
	return blank, start
}

// versionEnd returns the end of the version, tried first and read loosely, or
// else of the partial version that starts at s[i].
func versionEnd(s string, i int) int {
	end := i
	for n := 0; ; n++ {
		next := component(s, end, true)
		if next == end || !isDigit(s[end]) {
			break
		}
		if n == 2 {
			return preEnd(s, next, true)
		}
		if next == len(s) || s[next] != '.' {
			break
		}
		end = next + 1
	}
	return partialEnd(s, i)
}

func partialEnd(s string, i int) int {
	end := component(s, i, false)
	for range 2 {
		if end == len(s) || s[end] != '.' {
			return end
		}
		next := component(s, end+1, false)
		if next == end+1 {
			return end
		}
		end = next
	}
	return preEnd(s, end, false)
}

// preEnd returns the end of the prerelease that starts at s[i], or i.
func preEnd(s string, i int, loose bool) int {
	start := i
	if i < len(s) && s[i] == '-' {
		start++
	} else if !loose {
		return i
	}
	end := identEnd(s, start, loose)
	if end == start && loose {
		start = i
		end = identEnd(s, start, loose)
	}
	if end == start {
		return i
	}
	for end < len(s) && s[end] == '.' {
		next := identEnd(s, end+1, loose)
		if next == end+1 {
			break
		}
		end = next
	}
	return end
}

// identEnd returns the end of the prerelease identifier at s[i], or i.
func identEnd(s string, i int, loose bool) int {
	end := i
	for end < len(s) && isIdent(s[end]) {
		end++
	}
	if !loose && end > i && s[i] == '0' && isNumeric(s[i:end]) {
		return i + 1
	}
	return end
}
