package config

import "strings"

// The lines around the defaults that Annotate writes.
const (
	defaultsBegin = "; >>> all keys with their defaults; `ipnpm config edit` writes these lines anew"
	defaultsEnd   = "; <<<"
)

// Annotate puts every key with its default into an rc file, as comments at the
// end, for somebody who is about to edit it. Those of an earlier time are
// replaced; a line among them that is a comment no more is somebody's setting,
// and stays, as all other lines do. The file is replaced as [Set] does it.
func Annotate(file string) error {
	return changeFile(file, func(data []byte) ([]byte, error) { return annotate(data), nil })
}

func annotate(data []byte) []byte {
	eol := lineEnd(data)
	lines := withoutDefaults(rcLines(string(data)))
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, defaultsBegin)
	for _, key := range Keys() {
		if key.Deprecated == "" {
			lines = append(lines, "; "+key.defaultLine())
		}
	}
	return []byte(strings.Join(append(lines, defaultsEnd), eol) + eol)
}

// withoutDefaults leaves out the comments that Annotate wrote.
func withoutDefaults(lines []string) []string {
	kept, inside := make([]string, 0, len(lines)), false
	for _, line := range lines {
		comment := strings.HasPrefix(line, ";")
		switch {
		case line == defaultsBegin:
			inside = true
		case inside && line == defaultsEnd:
			inside = false
		case !inside || !comment:
			kept = append(kept, line)
		}
	}
	return kept
}

// defaultLine is the key's default as a file has it. One that is not fixed is told
// in words, which nobody takes for a value.
func (k Key) defaultLine() string {
	if k.DefaultText != "" {
		return k.Name + " (" + strings.ReplaceAll(k.DefaultText, "`", "") + ")"
	}
	return strings.TrimSpace(k.Name + " = " + k.Default)
}
