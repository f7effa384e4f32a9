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
		size := strings.IndexAny(s[start+2:], "${}") // the name ends at "}"
		if size <= 0 || s[start+2+size] != '}' {
			b.WriteString(s[:start+2])
			s = s[start+2:]
			continue
		}
		end := start + 2 + size
		reference, rest := s[start:end+1], s[end+1:]
		name, optional := strings.CutSuffix(s[start+2:end], "?")
		head := strings.TrimRight(s[:start], `\`)
		slashes := start - len(head)
		b.WriteString(head + strings.Repeat(`\`, slashes/2))
		val, ok := env[name]
		switch {
		case slashes%2 == 1, name == "", strings.Contains(name, "?"):
			b.WriteString(reference)
		case ok || optional:
			b.WriteString(val)
		default:
			b.WriteString(reference)
			missing = append(missing, name)
		}
		s = rest
	}
	b.WriteString(s)
	return b.String(), missing
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
