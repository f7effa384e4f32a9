package cmd

import (
	"bytes"
	"encoding/json"
	"io"
)

// printJSON takes the result of a command. It is held back until the command
// has ended, so that standard output has one JSON value whatever happens: an
// error that comes yet stands in the same object, as in npm.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.result)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printLine prints what was held back as one line, for the commands that go on
// until they are stopped: their output is NDJSON.
func (a *app) printLine() error {
	var line bytes.Buffer
	if a.result.Len() == 0 {
		return nil
	}
	if err := json.Compact(&line, a.result.Bytes()); err != nil {
		return err
	}
	a.result.Reset()
	_, err := a.Out.Write(append(bytes.TrimSpace(line.Bytes()), '\n'))
	return err
}

// flush prints what was held back.
func (a *app) flush() error {
	_, err := a.result.WriteTo(a.Out)
	return err
}

// errorObject adds npm's form of an error to the result, or is the result, on one
// line.
func (a *app) errorObject(object map[string]any) {
	if a.result.Len() == 0 {
		_ = json.NewEncoder(a.result).Encode(map[string]any{"error": object})
		return
	}
	a.amend("error", object)
}

// amend adds a key to the result that is held back. One that is a list stays as
// it is: there is no place for a key.
func (a *app) amend(key string, value any) {
	var all map[string]json.RawMessage
	if json.Unmarshal(a.result.Bytes(), &all) != nil {
		return
	}
	text, err := json.Marshal(value)
	if err != nil {
		return
	}
	all[key] = text
	a.result.Reset()
	_ = a.printJSON(all)
}

// talk is where a command speaks with whoever watches: standard output, unless
// that is to have nothing but JSON.
func (a *app) talk() io.Writer {
	if a.json {
		return a.Err
	}
	return a.Out
}
