package config

import "strings"

// expand replaces ${NAME} and ${NAME?} by env. A missing NAME stays as it
// stands and is reported; with "?" it is empty. Backslashes before "${" escape
// it, two standing for one.
func expand(s string, env map[string]string) (text string, missing []string) {
	var b strings.Builder
	for {
		start := strings.Index(s, "${")
		if start < 0 {
			break
		}
		name, optional, size := reference(s[start:])
		if size == 0 {
			b.WriteString(s[:start+2])
			s = s[start+2:]
			continue
		}
		whole, rest := s[start:start+size], s[start+size:]
		head := strings.TrimRight(s[:start], `\`)
		slashes := start - len(head)
		b.WriteString(head + strings.Repeat(`\`, slashes/2))
		val, ok := env[name]
		switch {
		case slashes%2 == 1:
			b.WriteString(whole)
		case ok || optional:
			b.WriteString(val)
		default:
			b.WriteString(whole)
			missing = append(missing, name)
		}
		s = rest
	}
	b.WriteString(s)
	return b.String(), missing
}

// reference reads "${NAME}" or "${NAME?}" at the start of s; size is its length,
// 0 when s begins with neither.
func reference(s string) (name string, optional bool, size int) {
	end := strings.IndexAny(s[2:], "${}") + 2
	if end < 2 || s[end] != '}' {
		return "", false, 0
	}
	name, optional = strings.CutSuffix(s[2:end], "?")
	if name == "" || strings.Contains(name, "?") {
		return "", false, 0
	}
	return name, optional, end + 1
}

// environ turns os.Environ's form into a map; the last of equal names wins.
func environ(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, item := range list {
		// Windows has names that begin with "=".
		if i := strings.IndexByte(item, '='); i > 0 {
			env[item[:i]] = item[i+1:]
		}
	}
	return env
}
