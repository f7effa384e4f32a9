package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxDepth is how deep bun.lock may be nested; real ones have five levels.
const maxDepth = 64

// standardJSON blanks the commas after last members, all that bun.lock has and
// JSON has not, in place so that lines stay what they are. (A library for JSON
// with comments would do too, but none that recurses can be given a text that
// a stranger nested ten million deep.)
func standardJSON(data []byte) ([]byte, error) {
	out := bytes.Clone(data)
	comma, depth, quoted := -1, 0, false
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted, comma = !quoted, -1
		case quoted || c == ' ' || c == '\n' || c == '\t' || c == '\r':
		case c == ',':
			comma = i
		case c == '{' || c == '[':
			comma = -1
			if depth++; depth > maxDepth {
				return nil, &Error{File: Bun, Line: lineAt(out, i), Msg: "is nested too deep"}
			}
		case c == '}' || c == ']':
			if comma >= 0 {
				out[comma] = ' '
			}
			depth, comma = depth-1, -1
		default:
			comma = -1
		}
	}
	return out, nil
}

// unmarshal decodes bun.lock or, of it, what is named.
func unmarshal(data []byte, v any, what string) error {
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &Error{File: Bun, Line: lineAt(data, int(syntax.Offset)), Msg: err.Error()}
	}
	return &Error{File: Bun, Msg: fmt.Sprintf("%s: %v", what, err)}
}

func lineAt(data []byte, at int) int {
	return 1 + bytes.Count(data[:min(at, len(data))], []byte("\n"))
}
