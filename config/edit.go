package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
)

// Set writes key = value into an rc file, in place of what the file says
// about the key, and leaves every other line as it is. Several values become
// key[] lines. The file is replaced atomically, has mode 0600 afterwards, as
// it may hold secrets, and is made, folder included, when it does not exist;
// a symbolic link is followed. Key and values are checked first: the error
// may be a *KeyError, a *ValueError or a *SyntaxError.
func Set(file, key string, values ...string) error {
	if err := Check(key, values...); err != nil {
		return err
	}
	if len(values) == 0 {
		return Delete(file, key)
	}
	lines := make([]string, 0, len(values))
	for _, v := range values {
		name := rcText(key)
		if len(values) > 1 {
			name = rcText(key + "[]")
		}
		lines = append(lines, name+"="+rcText(v))
	}
	return editFile(file, key, lines)
}

// Delete takes a key out of an rc file; a file that does not have it stays
// untouched. The key need not be a known one.
func Delete(file, key string) error { return editFile(file, key, nil) }

func editFile(file, key string, lines []string) error {
	return changeFile(file, func(data []byte) ([]byte, error) { return Edit(data, key, lines) })
}

// changeFile replaces the text of an rc file by what change makes of it; one that
// is not there is empty.
func changeFile(file string, change func(data []byte) ([]byte, error)) error {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	data, err := readLimited(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading configuration: %w", err)
	}
	edited, err := change(data)
	if err != nil {
		if syntax, ok := errors.AsType[*SyntaxError](err); ok {
			syntax.File = file
		}
		return err
	}
	if string(edited) == string(data) {
		return nil
	}
	return replaceFile(file, edited)
}

// Edit returns the text of an rc file with all lines about key replaced by
// lines, which stand where the first of those stood, or before the first
// [section], or at the end. Line ends are those of the text.
func Edit(data []byte, key string, lines []string) ([]byte, error) {
	if _, err := ParseRC(data); err != nil {
		return nil, err
	}
	eol := lineEnd(data)
	old := rcLines(string(data))
	if len(old) > 0 && old[len(old)-1] == "" {
		old = old[:len(old)-1]
	}
	kept, at, end := make([]string, 0, len(old)+len(lines)), -1, -1
	for _, line := range old {
		e, _ := parseLine(strings.TrimPrefix(line, "\ufeff")) // parsed before
		switch {
		case e.Section != "" && end < 0:
			end = len(kept)
		case e.Key == key && end < 0:
			if at < 0 {
				at = len(kept)
			}
			continue
		}
		kept = append(kept, line)
	}
	for _, place := range []int{end, len(kept)} {
		if at < 0 {
			at = place
		}
	}
	kept = slices.Insert(kept, at, lines...)
	if len(kept) == 0 {
		return nil, nil
	}
	return []byte(strings.Join(kept, eol) + eol), nil
}

// rcText writes a key or a value so that [ParseRC] reads it back.
func rcText(s string) string {
	if s == "" {
		return s
	}
	quoted := (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
	if !quoted && !strings.ContainsAny(s, "=\r\n") && s[0] != '[' && s == strings.TrimSpace(s) {
		return strings.NewReplacer(";", `\;`, "#", `\#`, `\`, `\\`).Replace(s)
	}
	text, _ := json.Marshal(s) // a string never fails
	return string(text)
}

// replaceFile makes the folder where it is missing, and the file private.
func replaceFile(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(file, data, 0o600)
}
